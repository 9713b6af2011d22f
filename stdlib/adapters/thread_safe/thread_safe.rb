# One thread runs Ruby at a time, so that the core's Array and Hash are what the gem takes on CRuby.

module ThreadSafe
  RUBY_ENGINE = "ruby"
end
