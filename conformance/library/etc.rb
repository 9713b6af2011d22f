# Etc: settings of the system by number, and what is no number.
require "etc"

def attempt
  p yield
rescue StandardError => error
  puts "#{error.class}: #{error.message}"
end

numbers = Etc.constants.grep(/\A(SC|CS|PC)_/).sort
p numbers.size, numbers.to_h { |name| [name, Etc.const_get(name)] }
p Etc.sysconf(Etc::SC_PAGESIZE) == Etc.sysconf(Etc::SC_PAGE_SIZE), Etc.sysconf(Etc::SC_CLK_TCK), Etc.sysconf(Etc::SC_SYMLOOP_MAX), Etc.sysconf(Etc::SC_VERSION)
p Etc.confstr(Etc::CS_PATH), Etc.confstr(Etc::CS_V7_ENV), File.open(__FILE__) { |file| [file.pathconf(Etc::PC_NAME_MAX), file.pathconf(Etc::PC_PATH_MAX)] }
attempt { Etc.sysconf(-1) }
attempt { Etc.confstr(-1) }
attempt { File.open(__FILE__) { |file| file.pathconf(-1) } }
attempt { Etc.sysconf(nil) }
attempt { Etc.getpwuid("x") }
attempt { Etc.getgrgid(nil) }
p Etc.getpwuid(0).name, Etc.getgrgid(0).name
