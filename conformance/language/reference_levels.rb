# A sign in the name of a back-reference begins its level; names of calls and of groups may have one.
['(?<a+>a)\k<a+>', '(?<a+b>a)\k<a+b>', '(?<a-b>a)\k<a-b>', '(?<a+1>a)\k<a+1>', '(?<a-1>a)(?(<a-1>)x|y)', '(?<a+>a)(?(<a+>)x|y)', '(?<a-1>a)\g<a-1>',
 '(?<@x>a)\k<@x>', '(?<a>a)\k<a+>', '(?<a>a)\k<a+0>', '(?<a>a)\k<a-x>', "(?<a!>a)\\k'a!'"].each do |source|
  p Regexp.new(source)
rescue RegexpError => error
  puts error.message
end
p "aa"[/(?<@x>a)\k<@x>/], /(?<@x>.)/.match("b")["@x"], "aa"[/(?<a-1>a)\g<a-1>/]
