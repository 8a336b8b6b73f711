"""Chat models over HTTP or in this process, all behind one port."""
