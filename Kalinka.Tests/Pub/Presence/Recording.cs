using System.Text;

namespace Kalinka.Tests.Pub.Presence;

/// <summary>One event of a recording, and what it has to lead to.</summary>
internal sealed record RecordedEvent(string Topic, byte[] Payload)
{
    /// <summary>Why it tells nothing; null when it may tell something.</summary>
    public string? Ignored { get; set; }

    /// <summary>No source reads its topic.</summary>
    public bool ForNobody { get; set; }

    /// <summary>Clients with where they are afterwards, as <see cref="MemoryDirectory"/> says it.</summary>
    public List<(string Client, string Place)> Places { get; } = [];
}

/// <summary>
/// What a broker published, as a file: <c>sources NAMES</c>; for each event <c>&gt; TOPIC</c> and the payload in the next line
/// (<c>hex DIGITS</c> for bytes), then what is expected: <c>= CLIENT b1</c>, <c>= CLIENT b1 gone</c> or <c>= CLIENT</c> for no
/// entry, <c>! REASON</c> for an event that tells nothing, <c>~</c> for a topic of no source.
/// </summary>
internal sealed class Recording
{
    private Recording(string[] sources, List<RecordedEvent> events) => (Sources, Events) = (sources, events);

    public static string Folder => Path.Combine(TestContext.CurrentContext.TestDirectory, "Pub/Presence/Recorded");

    public string[] Sources { get; }

    public IReadOnlyList<RecordedEvent> Events { get; }

    public static Recording Read(string name)
    {
        string[] sources = [];
        var events = new List<RecordedEvent>();
        var lines = File.ReadAllLines(Path.Combine(Folder, $"{name}.txt"));
        for (var at = 0; at < lines.Length; at++)
        {
            var line = lines[at];
            switch (line[..1])
            {
                case "#":
                    break;
                case ">":
                    events.Add(new RecordedEvent(line[2..], Payload(lines[++at])));
                    break;
                case "!":
                    events[^1].Ignored = line[2..];
                    break;
                case "~":
                    events[^1].ForNobody = true;
                    break;
                case "=":
                    events[^1].Places.Add(Place(line[2..]));
                    break;
                default:
                    sources = line["sources ".Length..].Split(' ');
                    break;
            }
        }

        return new Recording(sources, events);
    }

    private static byte[] Payload(string line) =>
        line.StartsWith("hex ", StringComparison.Ordinal)
            ? Convert.FromHexString(line["hex ".Length..])
            : Encoding.UTF8.GetBytes(line);

    private static (string, string) Place(string text)
    {
        var at = text.LastIndexOf(" b1", StringComparison.Ordinal);
        return at < 0 ? (text, "") : (text[..at], text[(at + 1)..]);
    }
}
