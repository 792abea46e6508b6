"""The closed table of functions and operators that authors can use, as data."""
