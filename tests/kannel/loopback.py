"""A TCP server in a thread of this process."""

import socketserver
import threading


class LoopbackServer(socketserver.ThreadingTCPServer):
    """Listens from its making until `stop`; port 0 is any that is free."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, handler: type[socketserver.StreamRequestHandler], port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), handler)
        self.port: int = self.server_address[1]
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Refuse connections from now on."""
        self.shutdown()
        self.server_close()
