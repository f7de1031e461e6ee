namespace Kalinka.Common.Text;

/// <summary>Finds what a misspelt word may have meant.</summary>
public static class Spelling
{
    /// <summary><c>; did you mean X?</c>, or nothing when no word is near.</summary>
    public static string Suggest(string word, IEnumerable<string> known)
    {
        var nearest = known.MinBy(candidate => Distance(word, candidate));
        return nearest is not null && Distance(word, nearest) <= Math.Max(1, nearest.Length / 3)
            ? $"; did you mean {nearest}?"
            : "";
    }

    /// <summary>Insertions, deletions, substitutions and swaps of neighbours, whatever the case.</summary>
    internal static int Distance(string left, string right)
    {
        var distances = new int[left.Length + 1, right.Length + 1];
        for (var i = 0; i <= left.Length; i++)
        {
            for (var j = 0; j <= right.Length; j++)
            {
                distances[i, j] = Math.Min(i, j) == 0 ? Math.Max(i, j) : Step(distances, left, right, i, j);
            }
        }

        return distances[left.Length, right.Length];
    }

    private static int Step(int[,] distances, string left, string right, int i, int j)
    {
        var substitution = Same(left[i - 1], right[j - 1]) ? 0 : 1;
        var least = Math.Min(
            Math.Min(distances[i - 1, j], distances[i, j - 1]) + 1,
            distances[i - 1, j - 1] + substitution
        );
        var swapped = i > 1 && j > 1 && Same(left[i - 1], right[j - 2]) && Same(left[i - 2], right[j - 1]);
        return swapped ? Math.Min(least, distances[i - 2, j - 2] + 1) : least;
    }

    private static bool Same(char left, char right) => char.ToUpperInvariant(left) == char.ToUpperInvariant(right);
}
