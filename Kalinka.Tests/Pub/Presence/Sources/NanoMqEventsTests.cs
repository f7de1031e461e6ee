using Kalinka.Pub.Presence.Sources;

namespace Kalinka.Tests.Pub.Presence.Sources;

/// <summary>Events as NanoMQ publishes them, in both forms.</summary>
public sealed class NanoMqEventsTests
{
    [TestCase(
        """{"status":"online", "username":"(null)", "ts":1787636726019,"proto_name":"MQTT","keepalive":60,"return_code":"0","proto_ver":4,"client_id":"mqttui-3a97c5cc","clean_start":1, "IPv4":"127.0.0.1"}""",
        "Online mqttui-3a97c5cc"
    )]
    [TestCase(
        """{"status":"offline", "username":"(null)","ts":1787636721809,"reason_code":"0","client_id":"mqttui-3a97c5cc","IPv4":"127.0.0.1"}""",
        "Offline mqttui-3a97c5cc"
    )]
    [TestCase("""{"status":"sleeping","client_id":"mqttui-3a97c5cc"}""", "Malformed")]
    [TestCase("""{"client_id":"mqttui-3a97c5cc"}""", "Malformed")]
    public void Since_0_24_1_one_topic_has_a_status(string payload, string expected) =>
        Assert.That(Status("mqttui-3a97c5cc", payload), Is.EqualTo(expected));

    [TestCase("connected", "Online c1")]
    [TestCase("disconnected", "Offline c1")]
    public void Before_the_topic_says_what_happened(string topic, string expected) =>
        Assert.That(
            Older(topic, """{"username":"u", "ts":1650000000000,"proto_name":"MQTT","client_id":"c1","proto_ver":4}"""),
            Is.EqualTo(expected)
        );

    [TestCase("""{"status":"online","username":"x","status":"offline","client_id":"c1"}""")]
    [TestCase("""{"status":"online","username":"x","client_id":"victim","client_id":"c1"}""")]
    [TestCase("""{"status":"online","client_id":"victim"}""")]
    public void A_name_that_adds_fields_is_seen_through(string payload) =>
        Assert.That(Status("c1", payload), Is.EqualTo("Ambiguous"));

    [Test]
    public void So_it_is_in_the_older_form() =>
        Assert.That(
            Older("disconnected", """{"username":"x","client_id":"victim","ts":1,"client_id":"c1"}"""),
            Is.EqualTo("Ambiguous")
        );

    [TestCase("""{"client_id":""}""", "TooLong")]
    [TestCase("""{"client_id":5}""", "Malformed")]
    [TestCase("""{"client_id":"\udfff"}""", "Malformed")]
    [TestCase("""{"client_id":"a\/b"}""", "Online a/b")]
    public void An_id_is_what_the_json_says(string payload, string expected) =>
        Assert.That(Older("connected", payload), Is.EqualTo(expected));

    [Test]
    public void An_escaped_id_of_any_length_is_read_or_left_alone() =>
        Assert.That(
            Older("connected", $$"""{"client_id":"{{string.Concat(Enumerable.Repeat("\\u0061", 65_535))}}"}"""),
            Is.EqualTo("TooLong")
        );

    private static string Status(string client, string payload) =>
        Reading.Of(new NanoMqEvents(), $"$SYS/brokers/client_status/{client}", payload);

    private static string Older(string topic, string payload) =>
        Reading.Of(new NanoMqEvents(), $"$SYS/brokers/{topic}", payload);
}
