using Kalinka.Common.Configuration;

namespace Kalinka.Tests.Common.Configuration;

internal sealed class JsonFileTests
{
    private string _file = "";

    [SetUp]
    public void CreateFile() => _file = Path.GetTempFileName();

    [TearDown]
    public void DeleteFile() => File.Delete(_file);

    [Test]
    public void Comments_trailing_commas_and_a_byte_order_mark_are_allowed()
    {
        var (values, findings) = Read(
            "\uFEFF{ // one\n \"a\": [ 1, true, \"x\", ], /* two */ \"b\": { \"c\": null, }, }"
        );

        Assert.That(findings.Errors, Is.Empty);
        Assert.That(values!["a:0"], Is.EqualTo("1"));
        Assert.That(values["a:1"], Is.EqualTo("true"));
        Assert.That(values["A:2"], Is.EqualTo("x"));
        Assert.That(values, Does.Not.ContainKey("b:c"));
    }

    [TestCase("", "line 1, column 1")]
    [TestCase("{\n  \"a\": 1,\n  b }", "line 3, column 3: not JSON: 'b'")]
    [TestCase("{ \"a\": \"x }", "line 1, column")]
    [TestCase("{ } x", "line 1, column 5")]
    [TestCase("{ \"a\": 1", "not JSON")]
    [TestCase("[ 1 ]", "must be one JSON object")]
    [TestCase("\"text\"", "must be one JSON object")]
    public void What_is_no_JSON_object_is_told_with_line_and_column(string text, string words)
    {
        var (values, findings) = Read(text);

        Assert.That(values, Is.Null);
        Assert.That(findings.OnlyError().Message, Does.StartWith(_file).And.Contain(words).And.Not.Contain("   at "));
    }

    [Test]
    public void Every_duplicate_key_is_told_whatever_its_case()
    {
        var (_, findings) = Read("{ \"a\": { \"b\": 1,\n \"B\": 2 },\n \"a\": 3 }");

        Assert.That(
            findings.Errors.Select(error => error.ToString()),
            Is.EqualTo(
                new[]
                {
                    "a:B: is there twice; the second is in line 2, column 2",
                    "a: is there twice; the second is in line 3, column 2",
                }
            )
        );
    }

    [Test]
    public void A_file_that_is_missing_or_a_folder_is_told()
    {
        var findings = new Findings();

        Assert.That(JsonFile.Read("/no/such/file.json", findings), Is.Null);
        Assert.That(JsonFile.Read(Path.GetTempPath(), findings), Is.Null);
        Assert.That(findings.Errors[0].ToString(), Is.EqualTo("/no/such/file.json: no such file"));
        Assert.That(findings.Errors[1].ToString(), Does.EndWith("is a directory"));
    }

    [Test]
    public void Bytes_that_are_no_UTF8_are_told()
    {
        File.WriteAllBytes(_file, [(byte)'{', (byte)'"', 0xC3, (byte)'"', (byte)'}']);
        var findings = new Findings();

        Assert.That(JsonFile.Read(_file, findings), Is.Null);
        Assert.That(findings.OnlyError().Message, Does.EndWith("not UTF-8"));
    }

    private (Dictionary<string, string?>? Values, Findings Findings) Read(string text)
    {
        File.WriteAllText(_file, text);
        var findings = new Findings();
        return (JsonFile.Read(_file, findings), findings);
    }
}
