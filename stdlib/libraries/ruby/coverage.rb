# Coverage: its states, and results from what the runtime has counted (stdlib/coverage).

module Coverage
  MODES = %i[lines oneshot_lines branches methods]
  private_constant :MODES
  @state = :idle
  @modes = []
  @is_plain = false

  class << self
    # Can it be measured?
    def supported?(mode)
      raise TypeError, "wrong argument type #{mode.class} (expected Symbol)" unless Symbol === mode
      mode == :eval || MODES.include?(mode)
    end

    def setup(options = nil)
      raise "coverage measurement is already setup" unless @state == :idle
      modes = modes_of(options)
      @is_plain = modes.nil?
      @modes = modes || [:lines]
      covers_text = options == :all || Hash === options && options[:eval]
      has_lines = @modes.include?(:lines) || @modes.include?(:oneshot_lines)
      begin_measurement(has_lines, @modes.include?(:branches), @modes.include?(:methods), covers_text)
      @state = :suspended
      nil
    end

    def start(...)
      setup(...)
      resume
    end

    def resume
      case @state
      when :idle then raise "coverage measurement is not set up yet"
      when :running then raise "coverage measurement is already running"
      end
      @state = :running
      count(true)
    end

    def suspend
      raise "coverage measurement is not running" unless @state == :running
      @state = :suspended
      count(false)
    end

    def running? = @state == :running

    # `:idle`, `:suspended` or `:running`.
    attr_reader :state

    # What was counted so far.
    def peek_result
      raise "coverage measurement is not enabled" if @state == :idle
      files.each_with_index.to_h { |path, index| [path, @is_plain ? lines(index) : measured(path, index)] }
    end

    # What was counted. `stop` ends the measurement, `clear` lets it begin anew; without options it does both.
    def result(options = nil)
      raise "coverage measurement is not enabled" if @state == :idle
      stop, clear = options.nil? || options[:stop], options.nil? || options[:clear]
      warn "stop implies clear", uplevel: 0 if stop && !clear
      result = peek_result
      self.clear if stop || clear
      if stop
        end_measurement
        @state = :idle
      end
      result
    end

    private

    # The modes that options name; nil for the way of old, which has lines alone.
    def modes_of(options)
      return if options.nil? || options == false
      return MODES - [:oneshot_lines] if options == :all
      raise TypeError, "no implicit conversion of #{options.class} into Hash" unless Hash === options
      if options[:lines] && options[:oneshot_lines]
        raise "cannot enable lines and oneshot_lines simultaneously"
      end
      return if options.empty?
      MODES.select { |mode| options[mode] }
    end

    def measured(path, index)
      @modes.to_h do |mode|
        value =
          case mode
          when :lines then lines(index)
          when :oneshot_lines then first_lines(index)
          when :branches then branches_by_key(index)
          when :methods then methods_by_key(path, index)
          end
        [mode, value]
      end
    end

    def branches_by_key(index)
      number = -1
      branches(index).to_h do |kind, *span, ways|
        [[kind, number += 1, *span], in_order(kind, ways).to_h { |way, *place, count| [[way, number += 1, *place], count] }]
      end
    end

    # CRuby compiles the ways of `unless` and `case` in another order.
    def in_order(kind, ways)
      others, rest = ways.partition { |way, *| way == :else }
      kind == :unless ? others + rest : rest + others
    end

    # Methods that are there, by their class.
    def methods_by_key(path, index)
      places = methods_of(index).to_h { |name, line, *span, count| [[name, line], [[name, line, *span], count]] }
      ObjectSpace.each_object(Module).flat_map { |owner| [owner, owner.singleton_class] }.uniq.flat_map do |owner|
        names = owner.instance_methods(false) + owner.private_instance_methods(false)
        names.filter_map do |name|
          file, line = owner.instance_method(name).source_location
          (key, count = places[[name, line]]) && [[owner, *key], count] if file == path
        end
      end.to_h
    end
  end
end
