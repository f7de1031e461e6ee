namespace Kalinka.Common.Mapping;

/// <summary>Guesses which known word was meant.</summary>
public static class Spelling
{
    /// <summary>A sentence to append, beginning with a space; empty when nothing is near.</summary>
    public static string DidYouMean(string word, IEnumerable<string> known)
    {
        var nearest = known
            .Select(candidate => (candidate, distance: Distance(word, candidate)))
            .Where(guess => guess.distance <= Math.Max(1, guess.candidate.Length / 3))
            .OrderBy(guess => guess.distance)
            .Select(guess => guess.candidate)
            .FirstOrDefault();
        return nearest is null ? "" : $" Did you mean {nearest}?";
    }

    /// <summary>Insertions, deletions, replacements and swaps of neighbours (optimal string alignment), whatever the case.</summary>
    private static int Distance(string from, string to)
    {
        var cost = new int[from.Length + 1, to.Length + 1];
        for (var row = 0; row <= from.Length; row++)
        {
            for (var column = 0; column <= to.Length; column++)
            {
                cost[row, column] = Step(from, to, cost, row, column);
            }
        }

        return cost[from.Length, to.Length];
    }

    private static int Step(string from, string to, int[,] cost, int row, int column)
    {
        if (row == 0 || column == 0)
        {
            return row + column;
        }

        var replaced = cost[row - 1, column - 1] + (Same(from[row - 1], to[column - 1]) ? 0 : 1);
        var best = Math.Min(replaced, Math.Min(cost[row - 1, column], cost[row, column - 1]) + 1);
        var swapped =
            row > 1 && column > 1 && Same(from[row - 1], to[column - 2]) && Same(from[row - 2], to[column - 1]);
        return swapped ? Math.Min(best, cost[row - 2, column - 2] + 1) : best;
    }

    private static bool Same(char left, char right) => char.ToUpperInvariant(left) == char.ToUpperInvariant(right);
}
