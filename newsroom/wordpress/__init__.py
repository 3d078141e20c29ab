"""Moving from WordPress: its export (WXR) read as a stream, its bodies cleaned, its content turned into rows."""
