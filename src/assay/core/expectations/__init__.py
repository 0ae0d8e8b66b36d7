"""The judgement of expectations by stored states, without reading a row again."""
