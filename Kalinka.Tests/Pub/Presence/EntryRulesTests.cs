using Kalinka.Common.Directory;
using Kalinka.Pub.Presence;

namespace Kalinka.Tests.Pub.Presence;

/// <summary>What a sighting on b1 makes of an entry, every combination.</summary>
public sealed class EntryRulesTests
{
    private const long Then = 1_000_000;
    private const long Now = 2_000_000;

    // Columns: no entry; one that names nobody; b1; b1, marked; b2; b2, marked.
    [TestCase("Traffic", "put put - here put put")]
    [TestCase("Traffic stale", "put put - - - -")]
    [TestCase("Came", "put put - here put put")]
    [TestCase("Came stale", "put put - here - -")]
    [TestCase("Claim stale", "put put - here - put")]
    [TestCase("Left", "- - gone - - -")]
    [TestCase("Passed", "putgone putgone gone gone putgone putgone")]
    [TestCase("Passed stale", "putgone putgone gone gone - -")]
    [TestCase("Ended", "- - - remove - -")]
    public void Decides(string sighting, string expected) =>
        Assert.That(DecideAll(sighting, keepOffline: true), Is.EqualTo(expected));

    [TestCase("Left", "- - remove remove - -")]
    [TestCase("Passed", "- - remove remove remove remove")]
    [TestCase("Passed stale", "- - remove remove - -")]
    public void Decides_when_nobody_who_left_is_kept(string sighting, string expected) =>
        Assert.That(DecideAll(sighting, keepOffline: false), Is.EqualTo(expected));

    [Test]
    public void A_message_renews_when_its_client_was_last_seen_but_rarely()
    {
        var old = Now + (long)EntryRules.Coarse.TotalMilliseconds + Then;
        var seen = new Sighting(SightingKind.Traffic, "b1", Fresh: true, old);
        Assert.That(
            EntryRules.Decide(seen, Entry("b1", new(Since: Then)), true),
            Is.EqualTo(new EntryDecision(EntryAction.Mark, new(Since: Then, LastSeen: old)))
        );
        Assert.That(
            EntryRules.Decide(seen, Entry("b1", new(Since: Then, LastSeen: old - 1)), true).Action,
            Is.EqualTo(EntryAction.Nothing)
        );
        Assert.That(
            EntryRules.Decide(seen, Entry("b1", default), true).Action,
            Is.EqualTo(EntryAction.Nothing),
            "an entry of somebody else"
        );
    }

    [TestCase(LocationState.Unknown, "b1", true, true)]
    [TestCase(LocationState.Stale, "b1", true, true)]
    [TestCase(LocationState.Absent, null, false, true)]
    [TestCase(LocationState.Present, "b1", true, false)]
    [TestCase(LocationState.Present, "b2", true, true)]
    [TestCase(LocationState.Present, "b2", false, false)]
    public void Only_news_is_looked_into(LocationState state, string? broker, bool fresh, bool expected) =>
        Assert.That(EntryRules.IsNews(new Location(state, broker, 1), "b1", fresh, Now), Is.EqualTo(expected));

    [Test]
    public void Together_sightings_say_what_they_said_one_after_the_other()
    {
        var here = new Sighting(SightingKind.Came, "b1", Fresh: true, 1);
        var gone = new Sighting(SightingKind.Left, "b1", Fresh: true, 2);
        var there = new Sighting(SightingKind.Came, "b2", Fresh: true, 3);
        Assert.Multiple(() =>
        {
            Assert.That(here.Then(gone).Kind, Is.EqualTo(SightingKind.Passed));
            Assert.That(here.Then(gone).Then(here).Kind, Is.EqualTo(SightingKind.Came));
            Assert.That(gone.Then(here), Is.EqualTo(here));
            Assert.That(here.Then(there), Is.EqualTo(there));
            Assert.That(there.Then(gone), Is.EqualTo(there), "a late goodbye");
            Assert.That(there.Then(here with { Fresh = false }), Is.EqualTo(there), "a backlog");
            Assert.That(gone.Then(there with { Fresh = false }), Is.EqualTo(gone));
            Assert.That(
                (here with { Kind = SightingKind.Traffic, Fresh = false }).Then(there with { Fresh = false }),
                Is.EqualTo(there with { Fresh = false }),
                "a broker's word against an old message"
            );
            Assert.That(
                gone.Then(here with { Kind = SightingKind.Traffic, Fresh = false }),
                Is.EqualTo(gone),
                "a message of before"
            );
        });
    }

    private static string DecideAll(string sighting, bool keepOffline)
    {
        var words = sighting.Split(' ');
        var seen = new Sighting(Enum.Parse<SightingKind>(words[0]), "b1", Fresh: words.Length == 1, Now);
        var marked = new LocationDetails(Since: Then, OfflineSince: Then);
        Location[] entries =
        [
            Location.Absent,
            Entry(null, default),
            Entry("b1", new LocationDetails(Since: Then)),
            Entry("b1", marked),
            Entry("b2", new LocationDetails(Since: Then)),
            Entry("b2", marked),
        ];
        return string.Join(' ', entries.Select(entry => Word(EntryRules.Decide(seen, entry, keepOffline))));
    }

    private static string Word(EntryDecision decision) =>
        (decision.Action, decision.Details) switch
        {
            (EntryAction.Nothing, _) => "-",
            (EntryAction.Put, { Since: Now, OfflineSince: 0 }) => "put",
            (EntryAction.Put, { Since: Now, OfflineSince: Now }) => "putgone",
            (EntryAction.Mark, { Since: Now, OfflineSince: 0 }) => "here",
            (EntryAction.Mark, { Since: Then, OfflineSince: Now }) => "gone",
            (EntryAction.Remove, _) => "remove",
            _ => $"{decision}",
        };

    private static Location Entry(string? broker, LocationDetails details) =>
        new(LocationState.Present, broker, 5) { Details = details };
}
