# One thread runs Ruby at a time, as on CRuby, so that its plain collections are safe here, too.

module Concurrent
  RUBY_ENGINE = "ruby"
end
