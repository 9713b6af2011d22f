# The parser recovers from errors as it does on CRuby.

module RuboCop
  module AST
    RUBY_ENGINE = "ruby"
  end
end
