using FsCheck;
using FsCheck.Fluent;

namespace Kalinka.Tests.Common.Mapping;

/// <summary>Random topics, filters and garbage from small alphabets, so that they meet often.</summary>
internal static class Samples
{
    public static Gen<string> Topic { get; } = Joined(["a", "b", "", "$s", "é"], 1, 5).Where(topic => topic.Length > 0);

    public static Gen<string> Filter { get; } =
        from levels in Joined(["a", "b", "", "$s", "+", "+"], 1, 4)
        from rest in Gen.Elements("", "", "/#", "#")
        let filter = rest == "#" ? "#" : levels + rest
        where filter.Length > 0
        select filter;

    public static Gen<string[]> Filters { get; } = Gen.Choose(1, 12).SelectMany(count => Filter.ArrayOf(count));

    /// <summary>Every topic of up to four levels; "z" stands for whatever a filter does not name.</summary>
    public static IReadOnlyList<string> AllShortTopics { get; } = [.. ShortTopics()];

    /// <summary>Text that looks as if it wanted to be a pattern, a template or a topic.</summary>
    public static Gen<string> Garbage { get; } =
        from pieces in Gen.Elements<string>(
                "{",
                "}",
                "{{",
                "}}",
                "{x}",
                "{x...}",
                "{hash(",
                "{hash(x, 3)}",
                ")",
                ",",
                "/",
                "//",
                "+",
                "#",
                ".",
                "..",
                "_",
                "__",
                "$",
                "$share/",
                "key",
                "{key}",
                "{header:h}",
                "{property:p}",
                "{topic}",
                "{broker}",
                ":",
                "a",
                "é",
                "\0",
                "\ud800",
                "\udc00",
                "\U0001F980",
                " ",
                "...",
                "0",
                "99999999999"
            )
            .ListOf()
        select string.Concat(pieces);

    public static Gen<byte[]> Bytes { get; } =
        from pieces in Gen.Elements<byte>(0, 0x2B, 0x23, 0x2F, 0x2E, 0x5F, 0x24, 0x61, 0xC3, 0xA9, 0xFF).ListOf()
        select pieces.ToArray();

    public static void Holds<T>(this Gen<T> gen, Func<T, bool> law, int times = 2000) =>
        Prop.ForAll(gen.ToArbitrary(), law).Check(Config.QuickThrowOnFailure.WithMaxTest(times));

    private static Gen<string> Joined(string[] levels, int fewest, int most) =>
        from count in Gen.Choose(fewest, most)
        from chosen in Gen.Elements(levels).ArrayOf(count)
        select string.Join('/', chosen);

    private static IEnumerable<string> ShortTopics()
    {
        string[] alphabet = ["a", "b", "", "$s", "z"];
        IEnumerable<string> longest = alphabet;
        for (var levels = 1; levels <= 4; levels++)
        {
            foreach (var topic in longest.Where(topic => topic.Length > 0))
            {
                yield return topic;
            }

            longest = longest.SelectMany(topic => alphabet.Select(level => $"{topic}/{level}")).ToArray();
        }
    }
}
