using Kalinka.Common.Configuration;
using Kalinka.Common.Kafka;
using Kalinka.Common.Mqtt;
using Kalinka.Common.ZooKeeper;
using Kalinka.Sub;
using Kalinka.Sub.Mapping;

namespace Kalinka.Tests.Sub.Pipeline;

/// <summary>The configuration that these tests share; each changes what it is about.</summary>
internal static class SubOptionsFor
{
    public static SubOptions Tests { get; } =
        new(
            "i1",
            new MqttOptions(
                [Broker("b1"), Broker("b2"), Broker("old", MqttVersion.V311)],
                "kalinka-sub",
                "kalinka",
                1,
                1000,
                TimeSpan.FromDays(1),
                TimeSpan.FromSeconds(60)
            ),
            new KafkaOptions("k1:9092", "kalinka-sub", TopicCreation.FromRules, new Dictionary<string, string>()),
            new ZooKeeperOptions("z1:2181", TimeSpan.FromSeconds(10), null, null, "/clients", true),
            new SubMappingOptions([
                Rule("in"),
                Rule("named") with
                {
                    To = "{broker}/{key}",
                },
                Rule("kept") with
                {
                    Retain = true,
                },
                Rule("fast") with
                {
                    Qos = 0,
                },
                Rule("strict") with
                {
                    To = "to/{header:place}",
                },
                Rule("marked") with
                {
                    Properties = [new("mark", "{key}")],
                },
            ]),
            new DeliveryOptions(
                AbsentClient.DeadLetter,
                AbsentWait: TimeSpan.FromSeconds(10),
                BrokerWait: TimeSpan.FromSeconds(30),
                InFlightPerClient: 1,
                MaxAge: TimeSpan.FromDays(7),
                ExpirySlack: TimeSpan.FromSeconds(5)
            ),
            "kalinka.dead-letter",
            64 * 1024 * 1024,
            null
        );

    public static SubMapping Mapping(SubOptions options)
    {
        var errors = new List<ConfigurationError>();
        return SubMapping.Compile(options.Mapping, errors) ?? throw new AssertionException(string.Join('\n', errors));
    }

    private static BrokerOptions Broker(string name, MqttVersion version = MqttVersion.V5) =>
        new(name, "127.0.0.1", 1883, version, null, null, null);

    private static SubRuleOptions Rule(string from) => new(from, "to/{key}", "{key}", 1, false, []);
}
