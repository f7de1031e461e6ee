using Kalinka.Pub.Presence.Sources;

namespace Kalinka.Tests.Pub.Presence.Sources;

/// <summary>Events as EMQX and RMQTT publish them.</summary>
public sealed class SysClientEventsTests
{
    private const string Node = "$SYS/brokers/emqx@127.0.0.1";

    private const string EmqxConnected = """
        {"username":"foo","ts":1625572213873,"sockport":1883,"proto_ver":4,"proto_name":"MQTT","keepalive":60,
         "ipaddress":"127.0.0.1","expiry_interval":0,"connected_at":1625572213873,"connack":0,
         "clientid":"emqtt-8348fe27a87976ad4db3","clean_start":true}
        """;

    private const string RmqttConnected = """
        {"node":1,"ipaddress":"127.0.0.1:51883","clientid":"rmqtt-1","username":"foo","keepalive":60,"proto_ver":4,
         "clean_session":true,"connected_at":1692069106000,"session_present":false,"time":"2023-08-15 11:11:46.984"}
        """;

    [Test]
    public void Emqx_tells_of_a_connect_and_when()
    {
        var topic = $"{Node}/clients/emqtt-8348fe27a87976ad4db3/connected";
        Assert.That(Emqx(topic, EmqxConnected), Is.EqualTo("Online emqtt-8348fe27a87976ad4db3"));
        Assert.That(
            Reading.Evidence(SysClientEvents.Emqx(), topic, EmqxConnected),
            Is.EqualTo((1625572213873L, 1625572213873L)),
            "its address has no port, but newer ones repeat this time when the connection ends"
        );
    }

    [TestCase("normal", "Offline c1")]
    [TestCase("tcp_closed", "Offline c1")]
    [TestCase("keepalive_timeout", "Offline c1")]
    [TestCase("takenover", "TakenOver")]
    [TestCase("takeovered", "TakenOver")]
    [TestCase("discarded", "TakenOver")]
    public void Emqx_tells_of_a_disconnect_and_why(string reason, string expected) =>
        Assert.That(
            Emqx(
                $"{Node}/clients/c1/disconnected",
                $$"""
                {"username":"foo","ts":1625572213873,"sockport":1883,"reason":"{{reason}}","proto_ver":4,
                 "proto_name":"MQTT","ipaddress":"127.0.0.1","disconnected_at":1625572213873,"clientid":"c1"}
                """
            ),
            Is.EqualTo(expected)
        );

    [Test]
    public void A_goodbye_of_Emqx_says_which_connection_ended_where_it_can()
    {
        const string gone =
            """{"reason":"normal","disconnected_at":1625572299999,"connected_at":1625572213873,"clientid":"c1"}""";
        const string older = """{"reason":"normal","disconnected_at":1625572299999,"clientid":"c1"}""";
        var topic = $"{Node}/clients/c1/disconnected";
        var source = SysClientEvents.Emqx();
        Assert.That(Reading.Evidence(source, topic, gone), Is.EqualTo((1625572213873L, 1625572299999L)));
        Assert.That(Reading.Evidence(source, topic, older), Is.EqualTo((0L, 1625572299999L)));
    }

    [TestCase("a/b/c")]
    [TestCase("victim/connected")]
    [TestCase("..")]
    [TestCase("ä \\u20ac")]
    public void The_client_is_all_that_stands_between(string client) =>
        Assert.That(
            Emqx($"{Node}/clients/{System.Text.RegularExpressions.Regex.Unescape(client)}/connected", Json(client)),
            Is.EqualTo($"Online {System.Text.RegularExpressions.Regex.Unescape(client)}")
        );

    [TestCase("""{"clientid":"other"}""", "Ambiguous")]
    [TestCase("{}", "Ambiguous")]
    [TestCase("""{"clientid":7}""", "Ambiguous")]
    [TestCase("""{"clientid":"c1","clientid":"c1"}""", "Ambiguous")]
    [TestCase("""{"clientid":"c1","x":{"clientid":"other"}}""", "Online c1")]
    [TestCase("""{"clientid":"c\u0031"}""", "Online c1")]
    [TestCase("""{"clientid":"\ud800"}""", "Ambiguous")]
    [TestCase("""{"cl\ud800":"c1"}""", "Malformed")]
    [TestCase("", "Malformed")]
    [TestCase("null", "Malformed")]
    [TestCase("[]", "Malformed")]
    [TestCase("""{"clientid":"c1"} {"clientid":"c1"}""", "Malformed")]
    [TestCase("{\"clientid\":\"c1\\", "Malformed")]
    public void A_payload_that_does_not_fit_the_topic_is_not_believed(string payload, string expected) =>
        Assert.That(Emqx($"{Node}/clients/c1/connected", payload), Is.EqualTo(expected));

    [TestCase("/clients/c1/subscribed")]
    [TestCase("/clients/connected")]
    [TestCase("/clients//connected")]
    public void Other_topics_tell_nothing(string topic) =>
        Assert.That(Emqx(Node + topic, Json("c1")), Is.EqualTo("Unrelated"));

    [Test]
    public void Rmqtt_tells_the_connection_by_its_address()
    {
        const string gone = """
            {"node":1,"ipaddress":"127.0.0.1:51883","clientid":"rmqtt-1","username":"foo",
             "disconnected_at":1692069107000,"reason":"Disconnect","time":"2023-08-15 11:11:47.984"}
            """;
        var source = SysClientEvents.Rmqtt();
        const string topic = "$SYS/brokers/1/clients/rmqtt-1/";

        Assert.That(Reading.Of(source, topic + "connected", RmqttConnected), Is.EqualTo("Online rmqtt-1"));
        Assert.That(Reading.Of(source, topic + "disconnected", gone), Is.EqualTo("Offline rmqtt-1"));
        var came = Reading.Evidence(source, topic + "connected", RmqttConnected);
        var left = Reading.Evidence(source, topic + "disconnected", gone);
        var other = Reading.Evidence(source, topic + "disconnected", gone.Replace("51883", "51884"));
        Assert.That(came.Session, Is.Not.Zero.And.EqualTo(left.Session).And.Not.EqualTo(other.Session));
        Assert.That((came.Time, left.Time), Is.EqualTo((1692069106000L, 1692069107000L)));
    }

    [Test]
    public void Rmqtt_tells_the_end_of_a_session()
    {
        const string payload = """
            {"node":1,"ipaddress":"127.0.0.1:1883","clientid":"c1","username":"foo","reason":"SessionExpiration",
             "time":"2023-08-15 11:11:46.984"}
            """;
        Assert.That(
            Reading.Of(SysClientEvents.Rmqtt(), "$SYS/brokers/1/session/c1/terminated", payload),
            Is.EqualTo("SessionEnded c1")
        );
    }

    [Test]
    public void Json_of_any_depth_is_garbage_at_most()
    {
        var deep = string.Concat(Enumerable.Repeat("""{"a":""", 100_000));
        Assert.That(Emqx($"{Node}/clients/c1/connected", deep), Is.EqualTo("Malformed"));
        Assert.That(
            Emqx($"{Node}/clients/c1/connected", new string('[', 50_000) + new string(']', 50_000)),
            Is.EqualTo("Malformed")
        );
    }

    private static string Emqx(string topic, string payload) => Reading.Of(SysClientEvents.Emqx(), topic, payload);

    private static string Json(string client) => $$"""{"clientid":"{{client}}","connected_at":1}""";
}
