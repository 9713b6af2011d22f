# Nothing has to be enabled: what TracePoint hears of calls does not depend on how a file was compiled.
