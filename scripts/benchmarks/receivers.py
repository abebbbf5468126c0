"""The receivers of webhooks that scripts/bench measures deliveries with."""

import select


def serve(listener, answer, pipe=None, command=None):
    """Reads requests from all connections until the process is killed, or `command` returns True.

    answer(client, head, body) answers a request, whose head is in lower case, and returns whether its connection stays open.
    command(message) is called with each message that comes through the pipe.
    """
    poll, clients = select.epoll(), {}
    poll.register(listener, select.EPOLLIN)
    if pipe:
        poll.register(pipe, select.EPOLLIN)
    while True:
        for descriptor, _ in poll.poll(1, 256):
            if descriptor == listener.fileno():
                client, _ = listener.accept()
                client.setblocking(False)
                clients[client.fileno()] = (client, bytearray())
                poll.register(client, select.EPOLLIN)
            elif pipe and descriptor == pipe.fileno():
                if command(pipe.recv()):
                    return
            elif not _read(*clients[descriptor], answer):
                client = clients.pop(descriptor)[0]
                poll.unregister(client)
                client.close()


def _read(client, data, answer):
    """Answers the complete requests. Returns whether the connection stays open."""
    try:
        part = client.recv(1 << 16)
    except ConnectionError:
        return False
    data += part
    while (end := data.find(b"\r\n\r\n")) >= 0:
        head = bytes(data[:end]).lower()
        length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
        if len(data) < end + 4 + length:
            break
        body = bytes(data[end + 4:end + 4 + length])
        del data[:end + 4 + length]
        if not answer(client, head, body):
            return False
    return bool(part)
