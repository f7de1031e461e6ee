using Kalinka.Common.Mapping;
using Kalinka.Tests.Pub.Mapping;
using Kalinka.Tests.Sub.Mapping;

namespace Kalinka.Tests.Common.Mapping;

/// <summary>What docs/mapping.md promises.</summary>
public class DocumentationTest
{
    [Test]
    public void The_examples_for_pub_are_true()
    {
        var examples = Documentation.Of("kalinka-pub").ToArray();
        Assert.That(examples.Sum(example => example.Rows.Count), Is.GreaterThanOrEqualTo(13));
        foreach (var example in examples)
        {
            var mapping = PubRules.Compile([
                .. Documentation.ReadRules(
                    example.Rules,
                    rule =>
                        PubRules.Rule(
                            Documentation.Text(rule, "From")!,
                            Documentation.Text(rule, "To")!,
                            Documentation.Text(rule, "Key"),
                            Documentation.Text(rule, "Client")
                        )
                ),
            ]);
            foreach (var row in example.Rows)
            {
                var properties = Documentation.Pairs(row.GetValueOrDefault("User properties", ""));
                Check(row, "Kafka topic", mapping.Explain(row["MQTT topic"], "b1", properties));
            }
        }
    }

    [Test]
    public void The_examples_for_sub_are_true()
    {
        var examples = Documentation.Of("kalinka-sub").ToArray();
        Assert.That(examples.Sum(example => example.Rows.Count), Is.GreaterThanOrEqualTo(10));
        foreach (var example in examples)
        {
            var mapping = SubRules.Compile([
                .. Documentation.ReadRules(
                    example.Rules,
                    rule =>
                        SubRules.Rule(
                            Documentation.Text(rule, "From")!,
                            Documentation.Text(rule, "To")!,
                            Documentation.Text(rule, "Client")!
                        )
                ),
            ]);
            foreach (var row in example.Rows)
            {
                var key = row["Key"].Length == 0 ? null : row["Key"];
                Check(row, "MQTT topic", mapping.Explain(row["Kafka topic"], key, Documentation.Pairs(row["Headers"])));
            }
        }
    }

    private static void Check(Dictionary<string, string> row, string column, MappingExplanation explanation)
    {
        var expected = row[column];
        if (expected.StartsWith("rejected: ", StringComparison.Ordinal) || expected == "no rule matches")
        {
            Assert.That(explanation.Reason, Does.Contain(expected.Replace("rejected: ", "", StringComparison.Ordinal)));
            return;
        }

        Assert.That(explanation.Reason, Is.Null);
        Assert.That(explanation.Topic, Is.EqualTo(expected));
        Assert.That(explanation.Key, Is.EqualTo(row["Key"]));
        if (row.TryGetValue("Client", out var client))
        {
            Assert.That(explanation.Client, Is.EqualTo(client));
        }
    }
}
