"""The references of lessons, against facts and programs of others."""
