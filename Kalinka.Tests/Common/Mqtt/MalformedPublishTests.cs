namespace Kalinka.Tests.Common.Mqtt;

/// <summary>A PUBLISH that breaks the protocol, offered to a handler that would take it.</summary>
[TestFixture]
internal sealed class MalformedPublishTests
{
    private static IEnumerable<TestCaseData> Understandable()
    {
        yield return Case("wildcard", Packets.PublishRaw(0x32, [.. "a/+"u8], 7, "x", []), "wildcard");
        yield return Case("not UTF-8", Packets.PublishRaw(0x32, [0xC3, 0x28], 7, "x", []), "not UTF-8");
        yield return Case("foreign property", Packets.Publish("t", 7, "x", 0x11, 0), "property 0x11");
        yield return Case("cut property", Packets.Publish("t", 7, "x", 0x02, 0), "property 0x02");
        yield return Case("alias", Packets.Publish("t", 7, "x", 0x23, 0, 1), "topic alias");
    }

    private static IEnumerable<TestCaseData> Opaque()
    {
        yield return Case("no topic", Packets.PublishRaw(0x32, [], 7, "x", []), "");
        yield return Case("packet identifier 0", Packets.Publish("t", 0, "x"), "");
        yield return Case("QoS 0", Packets.PublishRaw(0x30, [.. "a/+"u8], 0, "x", []), "");
        yield return Case("topic too long", [0x32, 3, 0, 9, 116], "");
    }

    [TestCaseSource(nameof(Understandable))]
    public async Task A_handler_that_accepts_it_gets_it_and_the_connection_goes_on(byte[] packet, string fault)
    {
        await using var broker = new FakeBroker();
        var handler = new RecordingHandler { AcceptsMalformedPackets = true };
        await using var connection = await broker.ConnectAsync(handler);
        await broker.SendAsync(packet);
        Assert.That((await broker.ReadPacketAsync())[..4], Is.EqualTo(new byte[] { 0x40, 2, 0, 7 }));
        Assert.That(handler.Publishes.Single().Malformed, Does.Contain(fault));
        Assert.That(handler.Publishes.Single().Text, Is.EqualTo("x"));
    }

    [TestCaseSource(nameof(Opaque))]
    public async Task What_cannot_be_understood_is_not_offered(byte[] packet, string fault)
    {
        await using var broker = new FakeBroker();
        var handler = new RecordingHandler { AcceptsMalformedPackets = true };
        await using var connection = await broker.ConnectAsync(handler);
        await broker.SendAsync(packet);
        Assert.That((await broker.ReadPacketAsync())[0], Is.EqualTo(0xE0), fault);
        Assert.That(handler.Malformed, Is.Zero);
    }

    private static TestCaseData Case(string name, byte[] packet, string fault) =>
        new TestCaseData(packet, fault).SetArgDisplayNames(name);
}
