using System.Globalization;
using System.Text;

namespace Kalinka.Common.Text;

/// <summary>
/// Text of strangers on one line of a log or a terminal: a topic, a Client Identifier or a znode may hold line breaks,
/// escape sequences, and marks that turn the direction of writing.
/// </summary>
public static class Printable
{
    /// <summary>The same text, with <c>\u001B</c> and the like for what does not print.</summary>
    public static string Of(string text) => text.All(Prints) ? text : Escape(text);

    private static bool Prints(char c) =>
        !char.IsControl(c)
        && CharUnicodeInfo.GetUnicodeCategory(c)
            is not (UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);

    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length + 16);
        foreach (var c in text)
        {
            if (Prints(c))
            {
                escaped.Append(c);
            }
            else
            {
                escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}");
            }
        }

        return escaped.ToString();
    }
}
