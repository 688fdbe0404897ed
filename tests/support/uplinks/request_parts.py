"""The parts of a request, for the test servers."""


def parts(request):
    """Return (method, url, headers, body size, body) of an http.request.Request."""
    return request.method, request.url, request.headers, request.body_size, request.body
