namespace Kalinka.Common.Mapping;

/// <summary>The lines of an explanation about rules that do not match.</summary>
public static class Mismatches
{
    private const int MaximumLines = 100;

    /// <param name="count">How many rules do not match, from rule 0.</param>
    /// <param name="describe">The line about one of them.</param>
    public static List<string> List(int count, Func<int, string> describe)
    {
        var lines = Enumerable.Range(0, Math.Min(count, MaximumLines)).Select(describe).ToList();
        if (count > MaximumLines)
        {
            lines.Add($"and {count - MaximumLines} more rules that do not match");
        }

        return lines;
    }
}
