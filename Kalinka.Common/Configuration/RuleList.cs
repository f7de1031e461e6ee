namespace Kalinka.Common.Configuration;

/// <summary>The list of rules, which the mappings of both daemons have.</summary>
public static class RuleList
{
    /// <summary>The entries of <c>Rules</c>; an error when there is none.</summary>
    /// <param name="example">A list that would be right.</param>
    public static IEnumerable<SectionReader> Rules(this SectionReader mapping, string example)
    {
        var rules = mapping.List("Rules");
        if (rules.Count == 0 && !mapping.Findings.HasErrorsAt(mapping.PathOf("Rules")))
        {
            mapping.Error("Rules", $"is required: {example}");
        }

        return rules;
    }
}
