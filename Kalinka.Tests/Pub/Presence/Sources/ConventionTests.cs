using Kalinka.Common.Mapping;
using Kalinka.Pub.Presence.Sources;

namespace Kalinka.Tests.Pub.Presence.Sources;

/// <summary>Topics that devices themselves fill: Homie, the user's own, and Mosquitto's plugin.</summary>
public sealed class ConventionTests
{
    [TestCase("homie/lamp/$state", "init", "Online lamp")]
    [TestCase("homie/lamp/$state", "ready", "Online lamp")]
    [TestCase("homie/lamp/$state", "alert", "Online lamp")]
    [TestCase("homie/lamp/$state", "disconnected", "Offline lamp")]
    [TestCase("homie/lamp/$state", "sleeping", "Offline lamp")]
    [TestCase("homie/lamp/$state", "lost", "Offline lamp")]
    [TestCase("homie/lamp/$state", "", "Malformed")]
    [TestCase("homie/5/lamp/$state", "ready", "Online lamp")]
    [TestCase("homie/5/$state", "ready", "Online 5")]
    [TestCase("homie/a/b/$state", "ready", "Unrelated")]
    public void Homie(string topic, string payload, string expected) =>
        Assert.That(Reading.Of(new HomieState(), topic, payload), Is.EqualTo(expected));

    [TestCase("homie/$state")]
    [TestCase("homie/lamp/$name")]
    [TestCase("other/lamp/$state")]
    public void Not_homie(string topic) =>
        Assert.That(new HomieState().Reads(System.Text.Encoding.UTF8.GetBytes(topic)), Is.False);

    [TestCase("status/{client}", "status/c1", "here", "Online c1")]
    [TestCase("status/{client}", "status/c1", "gone", "Offline c1")]
    [TestCase("status/{client}", "status/c1", "Here", "Malformed")]
    [TestCase("status/{client}", "status/c1", "", "Unrelated")]
    [TestCase("status/{client}", "status/", "here", "Malformed")]
    [TestCase("+/status/{client...}", "plant/status/a/b", "here", "Online a/b")]
    public void A_topic_of_ones_own(string pattern, string topic, string payload, string expected)
    {
        var parsed = MqttPatternParser.Parse(pattern, new TextErrors("", pattern, []))!;
        Assert.That(Reading.Of(new StatusTopic(parsed, "here", "gone"), topic, payload), Is.EqualTo(expected));
    }

    [TestCase("c1/state", "1", "Online c1")]
    [TestCase("c1/state", "0", "Offline c1")]
    [TestCase("victim/state/state", "0", "Offline victim/state")]
    [TestCase("c1/state", "2", "Malformed")]
    [TestCase("c1/other", "1", "Unrelated")]
    [TestCase("/state", "1", "Unrelated")]
    public void The_connection_state_plugin(string topic, string payload, string expected) =>
        Assert.That(
            Reading.Of(new MosquittoConnectionState(), $"$SYS/broker/connection/client/{topic}", payload),
            Is.EqualTo(expected)
        );
}
