using System.Text;
using Kalinka.Pub.Presence.Sources;

namespace Kalinka.Tests.Pub.Presence.Sources;

/// <summary>Lines as Mosquitto writes them, and as hostile client ids make them look.</summary>
public sealed class MosquittoLogTests
{
    private const string Plain = "mosquitto version 2.0.11";
    private const string WithAddress = "mosquitto version 2.1.2";

    [TestCase("1700000000: New client connected from 10.0.0.1:50000 as c1 (p2, c1, k60).", "Online c1")]
    [TestCase("1700000000: New client connected from 10.0.0.1:50000 as c1 (p5, c0, k0, u'user').", "Online c1")]
    [TestCase("1700000000: New client connected from ::1:50000 as c1 (p5, c0, k0, u'it's me').", "Online c1")]
    [TestCase("1700000000: New client connected from 10.0.0.1 as c1 (p2, c1, k60).", "Online c1")]
    [TestCase("1700000000: New bridge connected from 10.0.0.1:50000 as c1 (p4, c1, k60, u'b').", "Online c1")]
    [TestCase("2026-05-23T12:27:39: New client connected from 10.0.0.1:5 as c1 (p2, c1, k60).", "Online c1")]
    [TestCase("New client connected from 10.0.0.1:5 as c1 (p2, c1, k60).", "Online c1")]
    [TestCase(
        "1700000000: New client connected from 10.0.0.1:5 as the \u20ac as such (p2, c1, k60).",
        "Online the \u20ac as such"
    )]
    [TestCase("1700000000: New connection from 10.0.0.1:50000 on port 1883.", "Unrelated")]
    [TestCase("1700000000: mosquitto version 2.0.11 starting", "Unrelated")]
    [TestCase("1700000000: New client connected from 10.0.0.1:5 as  (p2, c1, k60).", "Malformed")]
    [TestCase("1700000000: New client connected from", "Unrelated")]
    [TestCase("", "Unrelated")]
    public void A_connect(string line, string expected) => Assert.That(Read(Plain, line), Is.EqualTo(expected));

    [TestCase("Client c1 disconnected.")]
    [TestCase("Client c1 closed its connection.")]
    [TestCase("Client c1 has exceeded timeout, disconnecting.")]
    [TestCase("Client c1 disconnected due to malformed packet.")]
    [TestCase("Client c1 disconnected due to protocol error.")]
    [TestCase("Client c1 disconnected due to oversize packet.")]
    [TestCase("Client c1 disconnected due to QoS too high or retain not supported.")]
    [TestCase("Client c1 disconnected, not authorised.")]
    [TestCase("Client c1 been disconnected by administrative action.")]
    [TestCase("Client c1 disconnected: Connection reset by peer.")]
    [TestCase("Bad socket read/write on client c1: Invalid arguments provided.")]
    public void A_goodbye_of_2_0(string line)
    {
        Assert.That(Read(Plain, $"1700000000: {line}"), Is.EqualTo("Offline c1"));
        Assert.That(Read("", $"1700000000: {line}"), Is.EqualTo("Offline c1"), "without the version");
    }

    [TestCase("Client c1 [10.0.0.1:50000] disconnected: connection closed by client.")]
    [TestCase("Client c1 [10.0.0.1:50000] disconnected: exceeded timeout.")]
    [TestCase("Client c1 [::1:50000] disconnected: protocol error.")]
    [TestCase("Client c1 [10.0.0.1:50000] disconnected.")]
    public void A_goodbye_of_2_1(string line)
    {
        Assert.That(Read(WithAddress, $"1700000000: {line}"), Is.EqualTo("Offline c1"));
        Assert.That(Read("", $"1700000000: {line}"), Is.EqualTo("Offline c1"), "without the version");
    }

    [Test]
    public void In_2_1_a_goodbye_names_the_connection_that_its_connect_named()
    {
        var source = Source(WithAddress);
        var came = Evidence(source, "1: New client connected from 10.0.0.1:5 as c1 (p2, c1, k60).");
        var left = Evidence(source, "2: Client c1 [10.0.0.1:5] disconnected: connection closed by client.");
        var other = Evidence(source, "2: Client c1 [10.0.0.1:6] disconnected: connection closed by client.");
        Assert.That(came, Is.Not.Zero.And.EqualTo(left).And.Not.EqualTo(other));
    }

    [TestCase("Expiring client c1 due to timeout.", "SessionEnded c1")]
    [TestCase("Client c1 already connected, closing old connection.", "Unrelated")]
    [TestCase("Outgoing messages are being dropped for client c1.", "Unrelated")]
    public void Other_lines_about_a_client(string line, string expected) =>
        Assert.That(Read(Plain, $"1700000000: {line}"), Is.EqualTo(expected));

    // What Mosquitto 2.0 writes for a client id that imitates "victim": never a word about the victim.
    [TestCase("victim (p2, c1, k60).")]
    [TestCase("victim (p2, c1, k60")]
    [TestCase("x as victim")]
    [TestCase("victim disconnected.")]
    [TestCase("victim disconnected: x")]
    [TestCase("victim disconnected: Connection reset by peer.")]
    [TestCase("victim closed its connection.")]
    [TestCase("victim\n1700000000: Client victim disconnected.")]
    [TestCase("x\nClient victim")]
    [TestCase("1700000000: Client victim")]
    [TestCase("a: Client victim disconnected.")]
    [TestCase("victim: ")]
    [TestCase("victim [10.0.0.9:1]")]
    [TestCase("victim [10.0.0.9:1] disconnected.")]
    [TestCase("victim [10.0.0.9:1] disconnected: x")]
    [TestCase("victim due to timeout.")]
    [TestCase("victim already connected, closing old connection.")]
    public void An_imitation_is_not_believed(string hostile)
    {
        foreach (var (version, line) in Lines(hostile))
        {
            Assert.That(Read(version, line), Is.Not.EqualTo("Online victim").And.Not.EqualTo("Offline victim"), line);
            Assert.That(
                Read(version, line),
                Does.EndWith(hostile).Or.EqualTo("Ambiguous").Or.EqualTo("Unrelated"),
                line
            );
        }
    }

    [Test]
    public void Nor_is_a_user_name_that_continues_the_line()
    {
        const string line = "1: New client connected from 10.0.0.1:5 as c1 (p2, c1, k60, u'x (p2, c1, k60, u'y').";
        Assert.That(Read(Plain, line), Is.EqualTo("Ambiguous"));
        Assert.That(
            Read(Plain, "1: New client connected from 10.0.0.1:5 as c1 (p2, c1, k60, u'x (p2, c1, k60)')."),
            Is.EqualTo("Online c1")
        );
    }

    [Test]
    public void What_was_cut_off_is_not_believed()
    {
        var line = $"1: New client connected from 10.0.0.1:5 as {new string('a', 950)} (p2, c1, k60).".PadRight(
            999,
            'x'
        )[..999];
        Assert.That(Read(Plain, line), Is.EqualTo("TooLong"));
        Assert.That(Read(Plain, new string('a', 65_535)), Is.EqualTo("TooLong"));
    }

    [Test]
    public void Bytes_that_are_no_text_are_read_or_left_alone()
    {
        var random = new Random(7);
        var line = new byte[500];
        for (var round = 0; round < 2_000; round++)
        {
            random.NextBytes(line);
            Encoding.UTF8.GetBytes(round % 2 == 0 ? "Client " : "New client connected from 1:1 as ").CopyTo(line, 0);
            Assert.That(
                () => Reading.Of(Source(Plain), "$SYS/broker/log/N", line.AsSpan(0, round % 500)),
                Throws.Nothing
            );
        }
    }

    [Test]
    public void The_uptime_is_told()
    {
        var note = new MosquittoLog().Read("$SYS/broker/uptime"u8, "4711 seconds"u8);
        Assert.That((note.Kind, note.Time), Is.EqualTo((NoteKind.Uptime, 4711L)));
    }

    private static IEnumerable<(string Version, string Line)> Lines(string id) =>
        [
            (Plain, $"1700000000: New client connected from 10.0.0.1:5 as {id} (p2, c1, k60)."),
            (Plain, $"1700000000: New client connected from 10.0.0.1:5 as {id} (p5, c0, k60, u'u')."),
            (Plain, $"1700000000: Client {id} disconnected."),
            (Plain, $"1700000000: Client {id} closed its connection."),
            (Plain, $"1700000000: Client {id} disconnected: Connection reset by peer."),
            (Plain, $"1700000000: Client {id} already connected, closing old connection."),
            (Plain, $"1700000000: Bad socket read/write on client {id}: Protocol error"),
            (Plain, $"Client {id} disconnected."),
            (Plain, $"Bad socket read/write on client {id}: Protocol error"),
            (Plain, $"1700000000: Outgoing messages are being dropped for client {id}."),
            (WithAddress, $"1700000000: New client connected from 10.0.0.1:5 as {id} (p2, c1, k60)."),
            (WithAddress, $"1700000000: Client {id} [10.0.0.1:5] disconnected."),
            (WithAddress, $"1700000000: Client {id} [10.0.0.1:5] disconnected: connection closed by client."),
        ];

    private static MosquittoLog Source(string version)
    {
        var source = new MosquittoLog();
        source.Read("$SYS/broker/version"u8, Encoding.UTF8.GetBytes(version));
        return source;
    }

    private static string Read(string version, string line) => Reading.Of(Source(version), "$SYS/broker/log/N", line);

    private static long Evidence(MosquittoLog source, string line) =>
        Reading.Evidence(source, "$SYS/broker/log/N", line).Session;
}
