//! What the parser's nodes are made of, and what its diagnostics are called. Both are numbered in its answers, so the lists are those of
//! one version of it.

/// The classes of the nodes from number 1 on, and their fields behind the flags, a letter each: `n` a node or none, `N` nodes, `l` a
/// range, `o` a range or none, `c` a name, `C` a name or none, `k` names, `s` a text, `i` an integer, `d` a Float, `b` a byte, `u` a
/// number; `x` a node and `y` a range that the library's class has no field for.
pub const NODES: &[(&str, &str)] = &[
    ("AliasGlobalVariableNode", "nnl"),
    ("AliasMethodNode", "nnl"),
    ("AlternationPatternNode", "nnl"),
    ("AndNode", "nnl"),
    ("ArgumentsNode", "N"),
    ("ArrayNode", "Noo"),
    ("ArrayPatternNode", "nNnNoo"),
    ("AssocNode", "nno"),
    ("AssocSplatNode", "nl"),
    ("BackReferenceReadNode", "c"),
    ("BeginNode", "onnnno"),
    ("BlockArgumentNode", "nl"),
    ("BlockLocalVariableNode", "c"),
    ("BlockNode", "knnll"),
    ("BlockParameterNode", "Col"),
    ("BlockParametersNode", "nNoo"),
    ("BreakNode", "nl"),
    ("CallAndWriteNode", "nooccln"),
    ("CallNode", "nocoonoon"),
    ("CallOperatorWriteNode", "noocccln"),
    ("CallOrWriteNode", "nooccln"),
    ("CallTargetNode", "nlcl"),
    ("CapturePatternNode", "nnl"),
    ("CaseMatchNode", "nNnll"),
    ("CaseNode", "nNnll"),
    ("ClassNode", "klnonnlc"),
    ("ClassVariableAndWriteNode", "clln"),
    ("ClassVariableOperatorWriteNode", "cllnc"),
    ("ClassVariableOrWriteNode", "clln"),
    ("ClassVariableReadNode", "c"),
    ("ClassVariableTargetNode", "c"),
    ("ClassVariableWriteNode", "clnl"),
    ("ConstantAndWriteNode", "clln"),
    ("ConstantOperatorWriteNode", "cllnc"),
    ("ConstantOrWriteNode", "clln"),
    ("ConstantPathAndWriteNode", "nln"),
    ("ConstantPathNode", "nCll"),
    ("ConstantPathOperatorWriteNode", "nlnc"),
    ("ConstantPathOrWriteNode", "nln"),
    ("ConstantPathTargetNode", "nCll"),
    ("ConstantPathWriteNode", "nln"),
    ("ConstantReadNode", "c"),
    ("ConstantTargetNode", "c"),
    ("ConstantWriteNode", "clnl"),
    ("DefNode", "clnnnklooooo"),
    ("DefinedNode", "onol"),
    ("ElseNode", "lno"),
    ("EmbeddedStatementsNode", "lnl"),
    ("EmbeddedVariableNode", "ln"),
    ("EnsureNode", "lnl"),
    ("MissingNode", "x"),
    ("FalseNode", ""),
    ("FindPatternNode", "nnNnoo"),
    ("FlipFlopNode", "nnl"),
    ("FloatNode", "d"),
    ("ForNode", "nnnllol"),
    ("ForwardingArgumentsNode", ""),
    ("ForwardingParameterNode", ""),
    ("ForwardingSuperNode", "yn"),
    ("GlobalVariableAndWriteNode", "clln"),
    ("GlobalVariableOperatorWriteNode", "cllnc"),
    ("GlobalVariableOrWriteNode", "clln"),
    ("GlobalVariableReadNode", "c"),
    ("GlobalVariableTargetNode", "c"),
    ("GlobalVariableWriteNode", "clnl"),
    ("HashNode", "lNl"),
    ("HashPatternNode", "nNnoo"),
    ("IfNode", "ononno"),
    ("ImaginaryNode", "n"),
    ("ImplicitNode", "n"),
    ("ImplicitRestNode", ""),
    ("InNode", "nnlo"),
    ("IndexAndWriteNode", "nolnlnln"),
    ("IndexOperatorWriteNode", "nolnlncln"),
    ("IndexOrWriteNode", "nolnlnln"),
    ("IndexTargetNode", "nlnln"),
    ("InstanceVariableAndWriteNode", "clln"),
    ("InstanceVariableOperatorWriteNode", "cllnc"),
    ("InstanceVariableOrWriteNode", "clln"),
    ("InstanceVariableReadNode", "c"),
    ("InstanceVariableTargetNode", "c"),
    ("InstanceVariableWriteNode", "clnl"),
    ("IntegerNode", "i"),
    ("InterpolatedMatchLastLineNode", "lNl"),
    ("InterpolatedRegularExpressionNode", "lNl"),
    ("InterpolatedStringNode", "oNo"),
    ("InterpolatedSymbolNode", "oNo"),
    ("InterpolatedXStringNode", "lNl"),
    ("ItLocalVariableReadNode", ""),
    ("ItParametersNode", ""),
    ("KeywordHashNode", "N"),
    ("KeywordRestParameterNode", "Col"),
    ("LambdaNode", "klllnn"),
    ("LocalVariableAndWriteNode", "llncu"),
    ("LocalVariableOperatorWriteNode", "llnccu"),
    ("LocalVariableOrWriteNode", "llncu"),
    ("LocalVariableReadNode", "cu"),
    ("LocalVariableTargetNode", "cu"),
    ("LocalVariableWriteNode", "culnl"),
    ("MatchLastLineNode", "llls"),
    ("MatchPredicateNode", "nnl"),
    ("MatchRequiredNode", "nnl"),
    ("MatchWriteNode", "nN"),
    ("ModuleNode", "klnnlc"),
    ("MultiTargetNode", "NnNoo"),
    ("MultiWriteNode", "NnNooln"),
    ("NextNode", "nl"),
    ("NilNode", ""),
    ("NoBlockParameterNode", "ll"),
    ("NoKeywordsParameterNode", "ll"),
    ("NumberedParametersNode", "b"),
    ("NumberedReferenceReadNode", "u"),
    ("OptionalKeywordParameterNode", "cln"),
    ("OptionalParameterNode", "clln"),
    ("OrNode", "nnl"),
    ("ParametersNode", "NNnNNnn"),
    ("ParenthesesNode", "nll"),
    ("PinnedExpressionNode", "nlll"),
    ("PinnedVariableNode", "nl"),
    ("PostExecutionNode", "nlll"),
    ("PreExecutionNode", "nlll"),
    ("ProgramNode", "kn"),
    ("RangeNode", "nnl"),
    ("RationalNode", "ii"),
    ("RedoNode", ""),
    ("RegularExpressionNode", "llls"),
    ("RequiredKeywordParameterNode", "cl"),
    ("RequiredParameterNode", "c"),
    ("RescueModifierNode", "nln"),
    ("RescueNode", "lNononn"),
    ("RestParameterNode", "Col"),
    ("RetryNode", ""),
    ("ReturnNode", "ln"),
    ("SelfNode", ""),
    ("ShareableConstantNode", "n"),
    ("SingletonClassNode", "kllnnl"),
    ("SourceEncodingNode", ""),
    ("SourceFileNode", "s"),
    ("SourceLineNode", ""),
    ("SplatNode", "ln"),
    ("StatementsNode", "N"),
    ("StringNode", "olos"),
    ("SuperNode", "lonon"),
    ("SymbolNode", "olos"),
    ("TrueNode", ""),
    ("UndefNode", "Nl"),
    ("UnlessNode", "lnonno"),
    ("UntilNode", "loonn"),
    ("WhenNode", "lNon"),
    ("WhileNode", "loonn"),
    ("XStringNode", "llls"),
    ("YieldNode", "lono"),
    ("ScopeNode", ""),
];

/// The kinds of tokens that the parser tells apart and the library does not.
pub fn known_token(name: &'static str) -> &'static str {
    match name {
        "NEWLINE_TERMINATOR" => "NEWLINE",
        "BRACE_LEFT_ARGUMENT" | "BRACE_LEFT_HASH" => "BRACE_LEFT",
        "KEYWORD_DO_BLOCK" | "KEYWORD_DO_LAMBDA" => "KEYWORD_DO",
        "PARENTHESIS_LEFT_GROUPING" => "PARENTHESIS_LEFT",
        "WORDS_SEP_IMPLICIT" => "WORDS_SEP",
        "XSTRING_BEGIN" => "BACKTICK",
        other => other,
    }
}

/// The names of the diagnostics from number 0 on.
pub fn diagnostics() -> Vec<&'static str> {
    DIAGNOSTICS.split(' ').collect()
}

const DIAGNOSTICS: &str = "\
    alias_argument alias_argument_numbered_reference ampampeq_multi_assign argument_after_block \
    argument_after_forwarding_ellipses argument_bare_hash argument_block_multi argument_conflict_ampersand \
    argument_conflict_star argument_conflict_star_star argument_formal_class argument_formal_constant \
    argument_formal_global argument_formal_ivar argument_forwarding_unbound argument_no_forwarding_ampersand \
    argument_no_forwarding_ellipses argument_no_forwarding_ellipses_lambda argument_no_forwarding_ellipses_block \
    argument_no_forwarding_star argument_no_forwarding_star_star argument_splat_after_assoc_splat \
    argument_splat_after_splat argument_term_paren argument_unexpected_block array_element array_expression \
    array_expression_after_star array_separator array_term begin_lonely_else begin_term begin_upcase_brace \
    begin_upcase_term begin_upcase_toplevel block_param_local_variable block_param_pipe_term block_term_brace \
    block_term_end cannot_parse_expression cannot_parse_string_part case_expression_after_case case_expression_after_when \
    case_match_missing_predicate case_missing_conditions case_term class_in_method class_name class_superclass class_term \
    class_unexpected_end class_variable_bare conditional_elsif_predicate conditional_if_predicate \
    conditional_predicate_term conditional_term conditional_term_else conditional_unless_predicate \
    conditional_until_predicate conditional_while_predicate constant_path_colon_colon_constant def_endless \
    def_endless_parameters def_endless_setter def_endless_do_block def_name def_params_term def_params_term_paren \
    def_receiver def_receiver_term def_term defined_expression embdoc_term embexpr_end embvar_invalid end_upcase_brace \
    end_upcase_term escape_invalid_control escape_invalid_control_repeat escape_invalid_hexadecimal escape_invalid_meta \
    escape_invalid_meta_repeat escape_invalid_unicode escape_invalid_unicode_cm_flags escape_invalid_unicode_list \
    escape_invalid_unicode_literal escape_invalid_unicode_long escape_invalid_unicode_short escape_invalid_unicode_term \
    expect_argument expect_eol_after_statement expect_expression_after_ampampeq expect_expression_after_comma \
    expect_expression_after_equal expect_expression_after_less_less expect_expression_after_lparen \
    expect_expression_after_operator expect_expression_after_pipepipeeq expect_expression_after_splat \
    expect_expression_after_splat_hash expect_expression_after_star expect_for_delimiter expect_ident_req_parameter \
    expect_in_delimiter expect_lparen_after_not_lparen expect_lparen_after_not_other expect_lparen_req_parameter \
    expect_message expect_rbracket expect_rparen expect_rparen_after_multi expect_rparen_req_parameter \
    expect_singleton_class_delimiter expect_string_content expect_when_delimiter expression_bare_hash \
    expression_not_writable expression_not_writable_encoding expression_not_writable_false expression_not_writable_file \
    expression_not_writable_line expression_not_writable_nil expression_not_writable_numbered expression_not_writable_self \
    expression_not_writable_true float_parse for_collection for_in for_index for_term global_variable_bare \
    hash_expression_after_label hash_key hash_rocket hash_term hash_value heredoc_identifier heredoc_term \
    incomplete_question_mark incomplete_variable_class incomplete_variable_class_3_3 incomplete_variable_instance \
    incomplete_variable_instance_3_3 instance_variable_bare invalid_block_exit invalid_character invalid_comma \
    invalid_encoding_magic_comment invalid_escape_character invalid_float_exponent invalid_local_variable_read \
    invalid_local_variable_write invalid_multibyte_char invalid_multibyte_character invalid_multibyte_escape \
    invalid_number_binary invalid_number_decimal invalid_number_fraction invalid_number_hexadecimal invalid_number_octal \
    invalid_number_underscore_inner invalid_number_underscore_trailing invalid_percent invalid_percent_eof \
    invalid_printable_character invalid_retry_after_else invalid_retry_after_ensure invalid_retry_without_rescue \
    invalid_symbol invalid_variable_global invalid_variable_global_3_3 invalid_yield it_not_allowed_numbered \
    it_not_allowed_ordinary lambda_open lambda_term_brace lambda_term_end list_i_lower_element list_i_lower_term \
    list_i_upper_element list_i_upper_term list_w_lower_element list_w_lower_term list_w_upper_element list_w_upper_term \
    malloc_failed mixed_encoding module_in_method module_name module_term multi_assign_multi_splats \
    multi_assign_unexpected_rest nesting_too_deep no_local_variable non_associative_operator not_expression \
    number_literal_underscore numbered_parameter_inner_block numbered_parameter_it numbered_parameter_ordinary \
    numbered_parameter_outer_block operator_multi_assign operator_write_arguments operator_write_block \
    parameter_assoc_splat_multi parameter_block_multi parameter_circular parameter_forwarding_after_rest \
    parameter_method_name parameter_name_duplicated parameter_no_default parameter_no_default_kw \
    parameter_numbered_reserved parameter_order parameter_splat_multi parameter_star parameter_unexpected_fwd \
    parameter_unexpected_no_kw parameter_wild_loose_comma pattern_array_multiple_rests pattern_capture_duplicate \
    pattern_capture_in_alternative pattern_expression_after_bracket pattern_expression_after_comma \
    pattern_expression_after_hrocket pattern_expression_after_in pattern_expression_after_key \
    pattern_expression_after_paren pattern_expression_after_pin pattern_expression_after_pipe \
    pattern_expression_after_range pattern_expression_after_rest pattern_find_missing_inner pattern_hash_implicit \
    pattern_hash_key pattern_hash_key_duplicate pattern_hash_key_interpolated pattern_hash_key_label \
    pattern_hash_key_locals pattern_ident_after_hrocket pattern_label_after_comma pattern_rest pattern_term_brace \
    pattern_term_bracket pattern_term_paren pipepipeeq_multi_assign regexp_encoding_option_mismatch \
    regexp_escaped_non_ascii_in_utf8 regexp_incompat_char_encoding regexp_invalid_char_property \
    regexp_invalid_unicode_range regexp_non_escaped_mbc regexp_parse_error regexp_term regexp_unknown_options \
    regexp_utf8_char_non_utf8_regexp rescue_expression rescue_modifier_value rescue_term rescue_variable return_invalid \
    script_not_found singleton_for_literals statement_alias statement_postexe_end statement_preexe_begin statement_undef \
    string_concatenation string_interpolated_term string_literal_eof string_literal_term symbol_invalid \
    symbol_term_dynamic symbol_term_interpolated ternary_colon ternary_expression_false ternary_expression_true \
    unary_disallowed unary_receiver undef_argument unexpected_block_argument unexpected_index_block \
    unexpected_index_keywords unexpected_label unexpected_multi_write unexpected_parameter_default_value \
    unexpected_range_operator unexpected_safe_navigation unexpected_token_close_context unexpected_token_ignore until_term \
    void_expression while_term write_target_in_method write_target_readonly write_target_unexpected xstring_term \
    ambiguous_binary_operator ambiguous_first_argument_minus ambiguous_first_argument_plus ambiguous_prefix_ampersand \
    ambiguous_prefix_star ambiguous_prefix_star_star ambiguous_slash comparison_after_comparison dot_dot_dot_eol \
    equal_in_conditional equal_in_conditional_3_3 end_in_method duplicated_hash_key duplicated_when_clause \
    float_out_of_range ignored_frozen_string_literal indentation_mismatch integer_in_flip_flop invalid_character \
    invalid_magic_comment_value invalid_numbered_reference keyword_eol literal_in_condition_default \
    literal_in_condition_verbose shareable_constant_value_line shebang_carriage_return unexpected_carriage_return \
    unreachable_statement unused_local_variable void_statement";

#[cfg(test)]
mod tests {
    use crate::raw::{self, Wanted};

    /// The version whose numbers the lists have.
    const VERSION: [u8; 3] = [2, 1, 0];

    #[test]
    fn the_parser_is_of_the_version_that_the_lists_are_of() {
        let answer = raw::serialize(Wanted::Tree, b"1", &[0; 64]);
        assert_eq!(answer[..8], [b"PRISM", &VERSION[..]].concat());
    }
}
