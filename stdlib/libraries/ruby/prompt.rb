# `maglev console`: a prompt on the repository. Everything is Ruby; `commit`, `abort`, `root` and `history` are short for those of Maglev, and
# the prompt says which commit is seen and, with a star, that something is changed.

module Maglev
  class Console
    HELP = <<~TEXT
      root              the Hash that everything hangs on; root[:key], root.keys ...
      commit, abort     end the transaction and begin the next one
      history           the commits that Maglev.at(number) { } can look at
      persistent { }    definitions that are saved
      _                 the last value; exit or Ctrl-D ends, what is not committed is dropped
    TEXT

    # What the evaluated lines find beside the program's own.
    module Commands
      def root = Maglev.root
      def commit = Maglev.commit
      def abort = Maglev.abort && nil
      def history = Maglev.history.last(20).each { |commit| puts commit.values.join("  ") } && nil
      def persistent(&) = Maglev.persistent(&)
      def help = puts(HELP)
    end

    # What the parser says of a text that only ends too early, and what it says beside that.
    UNFINISHED = /\Aunexpected end-of-input|\Aunterminated/
    FOLLOWING = /\Aexpected /

    def self.start(input = $stdin, output = $stdout) = new(input, output).run

    def initialize(input, output)
      @input = input
      @output = output
      @binding = TOPLEVEL_BINDING
      @binding.receiver.extend(Commands)
      @binding.local_variable_set(:_, nil)
      @line = 1
    end

    def run
      @output.puts "#{Maglev.repository_path}; help says what there is" if @input.tty?
      while (code = read)
        evaluate(code)
      end
      @output.puts if @input.tty?
    end

    private

    # A text that is whole, or wrong in another way than that it ends too early; nil at the end.
    def read
      code = +""
      loop do
        prompt(code.empty?)
        line = @input.gets
        return code.empty? ? nil : code unless line
        code << line
        return code unless unfinished?(code)
      rescue Interrupt
        @output.puts
        code.clear
      end
    end

    def prompt(is_first)
      return unless @input.tty?
      @output.print(is_first ? "maglev:#{Maglev.commit_number}#{"*" if Maglev.needs_commit?}> " : "> ")
      @output.flush
    end

    def unfinished?(code)
      catch(:parsed) { eval("throw :parsed\n#{code}", nil, "(console)") }
      false
    rescue SyntaxError => error
      reasons = error.message.scan(/\^~* (.+)/).flatten
      reasons.any?(UNFINISHED) && reasons.all? { |reason| UNFINISHED.match?(reason) || FOLLOWING.match?(reason) }
    end

    def evaluate(code)
      value = @binding.eval(code, "(console)", @line)
      @binding.local_variable_set(:_, value)
      @output.puts "=> #{value.inspect}"
    rescue SystemExit
      raise
    rescue Exception => error
      @output.puts error.detailed_message(highlight: false)
      @output.puts(error.backtrace.to_a.grep(/\A\(console\)/).first(5).map { |place| "    from #{place}" })
    ensure
      @line += code.count("\n")
    end
  end
end
