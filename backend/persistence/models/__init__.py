"""One file per aggregate; the ORM model is the entity."""
