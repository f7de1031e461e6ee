using Kalinka.Pub.Presence.Sources;

namespace Kalinka.Tests.Pub.Presence.Sources;

/// <summary>AWS IoT's events in any order, and such as are none. What they look like is among the recordings.</summary>
public sealed class AwsIotEventsTests
{
    private const long Minute = 60_000;
    private const long Hour = 60 * Minute;

    private AwsIotEvents _source = null!;

    [SetUp]
    public void Build() => _source = new AwsIotEvents();

    [Test]
    public void A_connect_behind_its_own_disconnect_is_too_late()
    {
        Assert.That(Gone(version: 4, at: 2), Is.EqualTo("Offline c"));
        Assert.That(Come(version: 4, at: 1), Is.EqualTo("Outdated"));
        Assert.That(Come(version: 5, at: 3), Is.EqualTo("Online c"));
    }

    [Test]
    public void The_end_of_an_older_connection_is_nothing()
    {
        Come(version: 4, at: 1);
        Come(version: 5, at: 2);
        Assert.That(Gone(version: 4, at: 2 * Minute), Is.EqualTo("Outdated"), "times are good to two minutes");
        Assert.That(Gone(version: 5, at: 72 * Hour), Is.EqualTo("Offline c"), "however long it lived");
    }

    [Test]
    public void A_takeover_is_no_goodbye_and_its_connect_still_counts()
    {
        Come(version: 4, at: 1);
        Assert.That(Gone(version: 4, at: 2, "DUPLICATE_CLIENTID"), Is.EqualTo("TakenOver"));
        Assert.That(Come(version: 5, at: 2), Is.EqualTo("Online c"));
    }

    [Test]
    public void Numbers_that_begin_anew_are_later_ones()
    {
        Come(version: 9, at: Hour);
        Gone(version: 9, at: 2 * Hour);
        Assert.That(Come(version: 0, at: 3 * Hour + Minute), Is.EqualTo("Online c"));
        Assert.That(Gone(version: 9, at: 2 * Hour), Is.EqualTo("Outdated"));
        Assert.That(Gone(version: 0, at: 3 * Hour + 2 * Minute), Is.EqualTo("Offline c"));
    }

    [TestCase("AUTH_ERROR")]
    [TestCase("FORBIDDEN_ACCESS")]
    public void An_attempt_that_was_refused_ends_nothing(string reason)
    {
        Come(version: 4, at: 1);
        Assert.That(Gone(version: 5, at: 2, reason), Is.EqualTo("Unrelated"));
        Assert.That(Gone(version: 4, at: 3, reason), Is.EqualTo("Offline c"), "a connection that is revoked");
    }

    [Test]
    public void Of_clients_only_so_many_are_remembered()
    {
        Gone(version: 4, at: 1);
        for (var number = 0; number < 2 * ConnectionVersions.Fewest; number++)
        {
            Come(version: 0, at: 1, $"other-{number}");
        }

        Assert.That(Come(version: 4, at: 1), Is.EqualTo("Online c"));
        Assert.That(Come(version: 0, at: 1, $"other-{2 * ConnectionVersions.Fewest - 1}"), Is.EqualTo("Outdated"));
    }

    [TestCase("connected/c", """{"clientId":"victim","versionNumber":1}""", "Ambiguous")]
    [TestCase("connected/c", """{"clientId":"c","eventType":"disconnected","versionNumber":1}""", "Ambiguous")]
    [TestCase("connected/c", """{"clientId":"c","versionNumber":1,"versionNumber":2}""", "Ambiguous")]
    [TestCase("connected/c", "", "Malformed")]
    [TestCase("connected/", """{"clientId":""}""", "Unrelated")]
    [TestCase("connected/a/b", """{"clientId":"a/b","versionNumber":"1"}""", "Online a/b")]
    public void Whatever_comes_is_read_or_left_alone(string topic, string payload, string expected) =>
        Assert.That(Reading.Of(_source, $"$aws/events/presence/{topic}", payload), Is.EqualTo(expected));

    private string Come(int version, long at, string client = "c") =>
        Reading.Of(
            _source,
            $"$aws/events/presence/connected/{client}",
            $$"""{"clientId":"{{client}}","timestamp":{{1_600_000_000_000 + at}},"eventType":"connected","versionNumber":{{version}}}"""
        );

    private string Gone(int version, long at, string reason = "CONNECTION_LOST") =>
        Reading.Of(
            _source,
            "$aws/events/presence/disconnected/c",
            $$"""{"clientId":"c","timestamp":{{1_600_000_000_000 + at}},"eventType":"disconnected","disconnectReason":"{{reason}}","versionNumber":{{version}}}"""
        );
}
