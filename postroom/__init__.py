"""The command line and the embedded services; it starts things and holds no rule of the desk."""
