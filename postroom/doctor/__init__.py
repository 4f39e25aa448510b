"""`postroom doctor`: looks at everything the desk stands on, and says what is wrong and how to mend it."""
