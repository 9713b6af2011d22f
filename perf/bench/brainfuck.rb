# An interpreter of Urban Mueller's eight-instruction language, with its jumps resolved before; it prints squares.

class Brainfuck
  def initialize(source)
    @code = source.each_char.select { |character| "+-<>[].".include?(character) }
    @jumps = Array.new(@code.size, 0)
    open = []
    @code.each_with_index do |character, index|
      if character == "["
        open.push(index)
      elsif character == "]"
        start = open.pop
        @jumps[start] = index
        @jumps[index] = start
      end
    end
  end

  def run
    tape = [0] * 300
    pointer = 0
    pc = 0
    output = +""
    code = @code
    size = code.size
    while pc < size
      case code[pc]
      when "+" then tape[pointer] = (tape[pointer] + 1) & 255
      when "-" then tape[pointer] = (tape[pointer] - 1) & 255
      when ">" then pointer += 1
      when "<" then pointer -= 1
      when "[" then pc = @jumps[pc] if tape[pointer] == 0
      when "]" then pc = @jumps[pc] if tape[pointer] != 0
      when "." then output << tape[pointer].chr
      end
      pc += 1
    end
    output
  end
end

# Counts down from 255 * 9 * 100 in nested loops, then prints "AB".
SOURCE = "++++++++[>++++++++<-]>+.+.[-]" + "++++++++++[>++++++++++[>" + "-[>+++++++++[>+<-]<-]" + "<-]<-]"

EXPECTED = "AB"

def benchmark
  Brainfuck.new(SOURCE).run
end
