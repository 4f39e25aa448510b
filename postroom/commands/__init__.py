"""The commands, one family a file. Each starts things or asks things; none holds a rule of the desk."""
