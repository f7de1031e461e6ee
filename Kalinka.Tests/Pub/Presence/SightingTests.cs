using Kalinka.Common.Directory;
using Kalinka.Pub.Presence;

namespace Kalinka.Tests.Pub.Presence;

/// <summary>
/// What was seen of one client and waits in one batch makes of its entry what it would have made of it one after the other.
/// </summary>
public sealed class SightingTests
{
    private static readonly SightingKind[] Told = [SightingKind.Came, SightingKind.Left, SightingKind.Traffic];
    private static readonly string[] Brokers = ["b1", "b2"];
    private static readonly string[] Entries = ["", "b1", "b1 gone", "b2", "b2 gone"];

    // Every history of up to four that brokers tell in time, before every entry.
    [TestCase(true)]
    [TestCase(false)]
    public void Together_they_say_the_same(bool keepOffline)
    {
        var compared = 0;
        foreach (var history in Histories(4))
        {
            foreach (var entry in Entries)
            {
                var one = history.Aggregate(entry, (at, seen) => After(seen, at, keepOffline));
                var all = After(history.Aggregate((earlier, later) => earlier.Then(later)), entry, keepOffline);
                Assert.That(all, Is.EqualTo(one), $"'{entry}': {string.Join(", ", history.Select(Word))}");
                compared++;
            }
        }

        Assert.That(compared, Is.EqualTo(5 * (6 + 36 + 216 + 1296)));
    }

    [TestCase("Came b1, Left b1, Ended b1", "b1", "")]
    [TestCase("Came b1, Left b1, Ended b1", "b2", "")]
    [TestCase("Left b1, Ended b1", "b1", "")]
    [TestCase("Left b1, Ended b1", "b2", "b2")]
    [TestCase("Ended b1, Left b1", "b1", "")]
    [TestCase("Came b1, Ended b1", "", "b1", Description = "the session before this one")]
    [TestCase("Ended b1, Left b2", "b2", "b2 gone")]
    [TestCase("Left b1, Left b2, Left b2", "b1", "b1 gone")]
    [TestCase("Left b2, Left b1, Left b2", "b1", "b1 gone")]
    [TestCase("Came b1 late, Left b2", "b2", "b1", Description = "the one it was held against has let it go")]
    [TestCase("Claim b1 late, Left b2", "b2", "b1")]
    [TestCase("Traffic b1 late, Left b2", "b2", "b2 gone")]
    [TestCase("Came b1 late, Left b1", "b2", "b2")]
    [TestCase("Left b2, Came b1 late", "b2", "b2 gone", Description = "and is claimed by what is known of b1")]
    public void Of_what_is_late_or_ends(string history, string entry, string expected)
    {
        var seen = history.Split(", ").Select(Parse).ToList();
        Assert.That(
            After(seen.Aggregate((earlier, later) => earlier.Then(later)), entry, keepOffline: true),
            Is.EqualTo(expected)
        );
    }

    private static IEnumerable<Sighting[]> Histories(int longest)
    {
        var histories = new List<Sighting[]> { Array.Empty<Sighting>() };
        for (var length = 1; length <= longest; length++)
        {
            histories =
            [
                .. from earlier in histories
                from kind in Told
                from broker in Brokers
                select (Sighting[])[.. earlier, new Sighting(kind, broker, Fresh: true, length)],
            ];
            foreach (var history in histories)
            {
                yield return history;
            }
        }
    }

    private static Sighting Parse(string text, int at)
    {
        var words = text.Split(' ');
        return new Sighting(Enum.Parse<SightingKind>(words[0]), words[1], Fresh: words.Length == 2, at + 1);
    }

    private static string After(Sighting seen, string entry, bool keepOffline)
    {
        var words = entry.Split(' ');
        var known =
            entry.Length == 0
                ? Location.Absent
                : new Location(LocationState.Present, words[0], 1)
                {
                    Details = new LocationDetails(Since: 1, OfflineSince: words.Length - 1),
                };
        var decision = EntryRules.Decide(seen, known, keepOffline);
        var gone = decision.Details.OfflineSince != 0 ? " gone" : "";
        return decision.Action switch
        {
            EntryAction.Put => seen.Broker + gone,
            EntryAction.Mark => known.Broker + gone,
            EntryAction.Remove => "",
            _ => entry,
        };
    }

    private static string Word(Sighting seen) => $"{seen.Kind} {seen.Broker}";
}
