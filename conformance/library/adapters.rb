# Files of gems that ask for RUBY_ENGINE get on as they do on CRuby, in the versions that an adapter knows.
require "tmpdir"

def gem_file(folder, gem, file, text)
  path = File.join(folder, "gems", gem, "lib", file)
  parts = File.dirname(path).delete_prefix(folder).split("/").drop(1)
  parts.each_index { |index| (place = File.join(folder, *parts[..index])).then { Dir.mkdir(place) unless Dir.exist?(place) } }
  File.write(path, text)
  path
end

Dir.mktmpdir do |folder|
  require gem_file(folder, "thread_safe-0.3.6", "thread_safe.rb", "module ThreadSafe; SEEN = RUBY_ENGINE; end")
  require gem_file(folder, "concurrent-ruby-1.1.6", "concurrent/utility/engine.rb", <<~RUBY)
    module Concurrent
      module Utility
        module EngineDetector
          def self.ruby_engine = defined?(RUBY_ENGINE) ? RUBY_ENGINE : 'ruby'
        end
      end
    end
  RUBY
  require gem_file(folder, "rubocop-ast-1.24.0", "rubocop/ast/processed_source.rb", <<~RUBY)
    module RuboCop
      module AST
        class ProcessedSource
          def self.fatal? = RUBY_ENGINE != 'ruby'
        end
      end
    end
  RUBY
  require gem_file(folder, "power_assert-3.0.1", "power_assert/parser.rb", <<~RUBY)
    module PowerAssert
      class Parser
        def self.compiles?(text) = RubyVM::InstructionSequence.compile(text).eval.nil?
      end
    end
  RUBY
  require gem_file(folder, "another-1.0", "thread_safe.rb", "module Another; SEEN = Module.nesting; end")
end
p PowerAssert::Parser.compiles?("a = 1"), (begin; PowerAssert::Parser.compiles?("a = ("); rescue SyntaxError; :refused; end)
p ThreadSafe::SEEN, Concurrent::Utility::EngineDetector.ruby_engine, RuboCop::AST::ProcessedSource.fatal?, Another::SEEN
