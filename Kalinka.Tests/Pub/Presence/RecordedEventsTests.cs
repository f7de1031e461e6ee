using System.Text;
using Kalinka.Pub.Presence.Sources;
using Kalinka.Tests.Common.Mapping;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Time.Testing;

namespace Kalinka.Tests.Pub.Presence;

/// <summary>What each broker publishes, from its topic to the entry. Each file says where its payloads are from.</summary>
[TestFixture, CancelAfter(30_000)]
public sealed class RecordedEventsTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    public static IEnumerable<string> Recordings =>
        Directory.GetFiles(Recording.Folder).Select(file => Path.GetFileNameWithoutExtension(file)!).Order();

    [TestCaseSource(nameof(Recordings))]
    public async Task Events_lead_to_entries(string name)
    {
        var recording = Recording.Read(name);
        var directory = new MemoryDirectory();
        await using var pub = new PubInstance(
            directory,
            new FakeTimeProvider(),
            options =>
                options with
                {
                    Sources =
                    [
                        .. recording.Sources.Select(preset => new Kalinka.Pub.PresenceSource(preset, null, null, null)),
                    ],
                }
        );
        pub.Reads("b1").Run();
        foreach (var (number, happened) in recording.Events.Index())
        {
            Take(pub, happened, $"event {number}");
            foreach (var (client, place) in happened.Places)
            {
                await Eventually.That(() => directory[client] == place, Soon, $"event {number}: {client} at '{place}'");
            }
        }
    }

    [Test]
    public void Every_preset_has_a_recording() =>
        Assert.That(
            Recordings
                .Select(Recording.Read)
                .Where(recording => recording.Events.Any(happened => happened.Places.Count > 0))
                .SelectMany(recording => recording.Sources)
                .Distinct(),
            Is.EquivalentTo(PresencePresets.Names.Where(name => name != PresencePresets.Traffic))
        );

    private static void Take(PubInstance pub, RecordedEvent happened, string what)
    {
        var reader = pub.Presence.ReaderOf("b1")!;
        var topic = Encoding.UTF8.GetBytes(happened.Topic);
        var before = Enum.GetValues<Ignored>().ToDictionary(reason => reason, pub.Counters.IgnoredFor);
        reader.Read(topic, happened.Payload, stored: false, fresh: true);
        var ignored = before
            .Where(each => pub.Counters.IgnoredFor(each.Key) > each.Value)
            .Select(each => $"{each.Key}");
        if (happened.ForNobody)
        {
            Assert.That(reader.Filters.Any(filter => Specification.Matches(filter, happened.Topic)), Is.False, what);
        }
        else if (happened.Ignored is { } reason)
        {
            Assert.That(ignored, Is.EqualTo([reason]), what);
        }
        else if (happened.Places.Count > 0)
        {
            Assert.That(ignored, Is.Empty, what);
        }
    }
}
