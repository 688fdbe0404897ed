"""The spans in which the servers of a rig deliberately kept its node away."""


def hindrances_us(services):
    """Yield (begin_us, end_us) in true Unix us; the end is None while the port is closed.

    The reasons are a closed port, a Retry-After, and a query during a fault of the name server or
    of the time server. If there are several services, each replaced the previous one in a test.
    """
    for service in services:
        yield from service.proxy.closed_us
        yield from service.store.pauses_us
        for responder in (service.sntp_server, service.dns_server):
            yield from ((time_us, time_us) for time_us in responder.troubled_us)
    for service in services[1:]:
        answers = list(service.store.answers)
        yield 0, answers[0][0] if answers else None
