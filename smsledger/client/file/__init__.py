"""An export into a file: resumable, verified, replaced as a whole."""
