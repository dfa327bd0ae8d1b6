"""What the website and the plugins see: frozen records without any I/O."""
