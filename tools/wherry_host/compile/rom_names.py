"""Names that MicroPython has in read-only memory, so that they cost no heap on the chip.

They are the names of methods of built-in types and of functions in built-in modules. Each ESP32
image has them, because MicroPython's ROM level "extra features" includes them.
"""

#: For arguments, which keep these names.
ARGUMENTS = {"self", "buffer", "count", "end", "index", "key", "name", "path", "start", "value"}
#: For modules with many private names.
PRIVATE = """
isalpha isdigit islower isspace isupper rindex lstrip popitem setdefault rfind rsplit reverse
endswith throw
""".split()  # noqa: SIM905
#: For the modules of a slot. No built-in function or module has one of these names.
MODULES = """
acos acosh append asin asinh atan atan2 atanh calcsize ceil center clear copysign cos cosh
decode degrees difference discard encode erf erfc exp expm1 extend fabs floor fmod frexp fromkeys
from_bytes gamma getrandbits getvalue heapify heappop heappush hexlify insert intersection
isclose isdisjoint isenabled isfinite isinf isnan issubset issuperset items join keys ldexp lgamma
localtime log10 log2 lower mem_alloc mem_free mktime modf pack_into partition pop popleft radians
randint randrange readinto readlines remove replace rpartition rstrip sin sinh sort split
splitlines sqrt startswith strip symmetric_difference tan tanh ticks_add ticks_diff to_bytes trunc
unhexlify union unpack_from update upper values
a2b_base64 addressof b2a_base64 bytearray_at bytes_at chdir choice difference_update getcwd
gmtime heap_lock heap_unlock ilistdir intersection_update ipoll kbd_intr opt_level qstr_info
register rmdir seed sizeof stack_use statvfs symmetric_difference_update threshold umount uniform
unregister
""".split()  # noqa: SIM905
