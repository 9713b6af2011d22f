# Coverage of lines, branches and methods of files that are loaded.
require "coverage"
require "tmpdir"

def again(file)
  verbose, $VERBOSE = $VERBOSE, nil
  load file
ensure
  $VERBOSE = verbose
end

def attempt
  yield
rescue => error
  puts "#{error.class}: #{error.message}"
end

Dir.mktmpdir do |folder|
  file = File.join(folder, "measured.rb")
  File.write(file, <<~'RUBY')
    class Measured
      def initialize(a,
                     b = 1)
        @a = a
        if a > 1 &&
            b
          work
        else
          @b = 2
        end
        @c = a ? b : nil
        return if a == 5
        unless b
          rest
        end
      end

      def work
        i = 0
        while i < 3
          i += 1
        end
        i -= 1 until i == 0
        case i
        when 7, 8
          rest
        when 0 then rest
        end
        case [i, 1]
        in [1, *]
          rest
        in [0, 1]
          rest
        end
        self&.rest
        [1, 2].each do |z|
          rest(z)
        end
        [3].map { |z| rest(z) }
      ensure
        rest
      end

      def rest(*) = self
      def unused
        raise "never"
      end
      def self.made = new(2)
      LIST = [
        1,
      ]
      @value = begin
        rand
      end
    end
    Measured.made
    Measured.new(0, nil)
  RUBY

  p Coverage.running?
  Coverage.start(lines: true, branches: true, methods: true)
  p Coverage.running?
  require file
  peeked = Coverage.peek_result[file]
  Measured.made
  result = Coverage.result[file]
  p peeked.keys, peeked[:lines].size == result[:lines].size, peeked == result
  p result[:lines]
  result[:branches].each { |branch, ways| p [branch, ways] }
  result[:methods].sort_by { |key, _| key.drop(2) }.each { |entry| p entry }
  p Coverage.running?

  Coverage.start
  again(file)
  p Coverage.result[file] == peeked[:lines]
  Coverage.start(oneshot_lines: true)
  again(file)
  p Coverage.result(stop: false)[file], Coverage.result[file]

  Coverage.setup(lines: true)
  again(file)
  Coverage.resume
  Measured.made
  Coverage.suspend
  Measured.made
  p Coverage.peek_result[file][:lines]
  Coverage.resume
  p Coverage.result(stop: false, clear: true)[file].keys, Coverage.result(stop: true, clear: true)[file][:lines].compact.max
end

attempt { Coverage.peek_result }
attempt { Coverage.result }
attempt { Coverage.resume }
attempt { Coverage.suspend }
attempt { Coverage.setup(lines: true, oneshot_lines: true) }
attempt { Coverage.setup(3) }
attempt { Coverage.supported?("lines") }
p %i[lines oneshot_lines branches methods other].map { |mode| Coverage.supported?(mode) }
Coverage.start
attempt { Coverage.start }
attempt { Coverage.resume }
p Coverage.result
Coverage.start(lines: true, eval: true)
eval("1.abs\n\n2.abs\n", nil, "text", 2)
p Coverage.result["text"]
Coverage.start(lines: false)
p Coverage.result
