"""OpenReg core: the platform that turns source rows into delivered regulatory files."""
