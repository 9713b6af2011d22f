# Rows and columns of the terminal, or what stands for them where there is none.
require "io/console"

def IO.default_console_size = [[ENV["LINES"], 25], [ENV["COLUMNS"], 80]].map { |told, usual| told.to_i.nonzero? || usual }

def IO.console_size
  console.winsize
rescue NoMethodError
  default_console_size
end
