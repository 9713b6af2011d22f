# BigDecimals are made by the function of that name alone.
BigDecimal.singleton_class.undef_method(:new)
