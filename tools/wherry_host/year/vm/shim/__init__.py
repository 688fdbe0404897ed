"""Modules of the chip in the program of the engine `vm`; see also virtual/shim."""
