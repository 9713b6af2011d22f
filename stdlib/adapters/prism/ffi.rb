# The parser is part of the runtime, so that no gem ffi is needed to call it.

require "prism/prism"
