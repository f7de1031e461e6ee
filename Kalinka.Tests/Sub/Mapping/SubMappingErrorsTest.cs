using static Kalinka.Tests.Sub.Mapping.SubRules;

namespace Kalinka.Tests.Sub.Mapping;

public class SubMappingErrorsTest
{
    [Test]
    public void All_errors_of_all_rules_come_at_once_with_their_key_paths()
    {
        var errors = Errors(
            Rule("a/b", "x/+", "", qos: 2, properties: [("p", "{q"), ("kalinka-hops", "0")]),
            Rule("{x}{y}", "t")
        );

        Assert.That(
            errors.Select(error => error.KeyPath),
            Is.EquivalentTo(
                new[]
                {
                    "Mapping:Rules:0:From",
                    "Mapping:Rules:0:To",
                    "Mapping:Rules:0:Client",
                    "Mapping:Rules:0:Qos",
                    "Mapping:Rules:0:Properties:p",
                    "Mapping:Rules:0:Properties:kalinka-hops",
                    "Mapping:Rules:1:From",
                }
            )
        );
    }

    [Test]
    public void QoS_2_is_refused_with_the_reason()
    {
        Assert.That(Errors(Rule("t", "a", qos: 2)).Single().Message, Does.Contain("at least once"));
    }

    [Test]
    public void What_is_not_available_where_it_stands_is_an_error_that_says_so()
    {
        Assert.That(Errors(Rule("t", "{property:x}")).Single().Message, Does.Contain("{header:NAME} reads one"));
        Assert.That(Errors(Rule("t", "a", "{broker}")).Single().Message, Does.Contain("found through the client"));
        Assert.That(
            Errors(Rule("t", "a", properties: ("b", "{broker}"))).Single().Message,
            Does.Contain("{broker} is not available here")
        );
    }

    [Test]
    public void Without_rules_there_is_nothing_to_do()
    {
        Assert.That(Errors().Single().KeyPath, Is.EqualTo("Mapping:Rules"));
    }
}
