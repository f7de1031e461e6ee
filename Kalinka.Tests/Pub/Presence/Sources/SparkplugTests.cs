using System.Text;
using Kalinka.Pub.Presence.Sources;

namespace Kalinka.Tests.Pub.Presence.Sources;

/// <summary>Birth and death certificates, encoded here as the protobuf of Sparkplug B says.</summary>
public sealed class SparkplugTests
{
    private Sparkplug _source = null!;

    [SetUp]
    public void Build() => _source = new Sparkplug();

    [Test]
    public void A_death_bears_the_number_of_its_birth()
    {
        Assert.That(Read("g/NBIRTH/n", Certificate(3)), Is.EqualTo("Online g/n"));
        Assert.That(Read("g/NDEATH/n", Certificate(3)), Is.EqualTo("Offline g/n"));
        Assert.That(Session("g/NBIRTH/n", Certificate(3)), Is.EqualTo(Session("g/NDEATH/n", Certificate(3))));
        Assert.That(
            Session("g/NBIRTH/n", Certificate(0)),
            Is.Not.Zero.And.Not.EqualTo(Session("g/NDEATH/n", Certificate(3)))
        );
    }

    [Test]
    public void Devices_go_with_their_node()
    {
        Assert.That(Read("g/DBIRTH/n/d1", []), Is.EqualTo("Online g/n/d1"));
        Assert.That(Read("g/DBIRTH/n/d2", []), Is.EqualTo("Online g/n/d2"));
        Assert.That(Read("g/DBIRTH/m/d3", []), Is.EqualTo("Online g/m/d3"));
        Assert.That(Read("g/DDEATH/n/d2", []), Is.EqualTo("Offline g/n/d2"));

        var death = _source.Read("spBv1.0/g/NDEATH/n"u8, Certificate(1));
        Assert.That(death.Dependents!.Select(Encoding.UTF8.GetString), Is.EqualTo(["g/n/d1"]));
    }

    [Test]
    public void A_node_certificate_without_its_number_is_none() =>
        Assert.That(Read("g/NDEATH/n", Metric("other", 5)), Is.EqualTo("Malformed"));

    [Test]
    public void The_number_is_found_among_other_metrics_and_fields()
    {
        byte[] payload =
        [
            .. Varint(1, 1700000000000), // timestamp
            .. Metric("Node Control/Rebirth", 1),
            .. Certificate(7),
            .. Varint(3, 0), // seq
            .. Bytes(5, [1, 2, 3]), // body
            (6 << 3) | 1,
            .. new byte[8],
            (7 << 3) | 5,
            .. new byte[4],
        ];
        Assert.That(SparkplugPayload.TryFindBdSeq(payload, out var number), Is.True);
        Assert.That(number, Is.EqualTo(7));
    }

    [TestCase("g/NDATA/n")]
    [TestCase("g/NBIRTH/n/d")]
    [TestCase("g/DBIRTH/n")]
    [TestCase("g/DBIRTH/n/")]
    [TestCase("g/DBIRTH/n/d/e")]
    [TestCase("/NBIRTH/n")]
    [TestCase("STATE/host")]
    [TestCase("g")]
    public void Other_topics_are_none_of_it(string topic) =>
        Assert.That(_source.Reads(Encoding.UTF8.GetBytes($"spBv1.0/{topic}")), Is.False);

    [Test]
    public void Whatever_is_no_protobuf_is_garbage()
    {
        var whole = Certificate(300);
        for (var size = 1; size < whole.Length; size++)
        {
            Assert.That(Read("g/NBIRTH/n", whole[..size]), Is.EqualTo("Malformed"), $"{size} bytes");
        }

        Assert.That(
            Read("g/NBIRTH/n", [0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]),
            Is.EqualTo("Malformed")
        );
        Assert.That(Read("g/NBIRTH/n", Enumerable.Repeat((byte)0xff, 64).ToArray()), Is.EqualTo("Malformed"));
        Assert.That(Read("g/NBIRTH/n", "{\"json\":1}"u8.ToArray()), Is.EqualTo("Malformed"));
    }

    [Test]
    public void Names_that_are_too_long_are_left_alone() =>
        Assert.That(Read($"g/NBIRTH/{new string('n', 65_000)}", Certificate(1)), Is.EqualTo("TooLong"));

    [Test]
    public void Of_devices_not_more_are_kept_than_there_is_room_for()
    {
        for (var number = 0; number < SparkplugDevices.MostDevices + 2; number++)
        {
            Read($"g/DBIRTH/n/{number}", []);
        }

        Assert.That(
            _source.Read("spBv1.0/g/NDEATH/n"u8, Certificate(1)).Dependents,
            Has.Count.EqualTo(SparkplugDevices.MostDevices)
        );
    }

    private string Read(string topic, byte[] payload) => Reading.Of(_source, $"spBv1.0/{topic}", payload);

    private long Session(string topic, byte[] payload) =>
        _source.Read(Encoding.UTF8.GetBytes($"spBv1.0/{topic}"), payload).Session;

    private static byte[] Certificate(ulong number) => Metric("bdSeq", number);

    // Payload.metrics = 2; Metric.name = 1, datatype = 4, long_value = 11.
    private static byte[] Metric(string name, ulong value) =>
        Bytes(2, [.. Bytes(1, Encoding.UTF8.GetBytes(name)), .. Varint(4, 8), .. Varint(11, value)]);

    private static byte[] Bytes(int field, byte[] content) =>
        [(byte)((field << 3) | 2), .. Base128((ulong)content.Length), .. content];

    private static byte[] Varint(int field, ulong value) => [(byte)(field << 3), .. Base128(value)];

    private static IEnumerable<byte> Base128(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            yield return (byte)(value | 0x80);
        }

        yield return (byte)value;
    }
}
