using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace Kalinka.Tests.Architecture;

/// <summary>Decodes a signature into the names of all types in it, generic arguments included.</summary>
internal sealed class TypeNames(MetadataReader metadata) : ISignatureTypeProvider<ImmutableArray<TypeName>, object?>
{
    private readonly string _assembly = metadata.GetString(metadata.GetAssemblyDefinition().Name);

    public TypeName OfDefinition(TypeDefinitionHandle handle)
    {
        var type = metadata.GetTypeDefinition(handle);
        while (!type.GetDeclaringType().IsNil)
        {
            type = metadata.GetTypeDefinition(type.GetDeclaringType());
        }
        return new TypeName(_assembly, metadata.GetString(type.Namespace), metadata.GetString(type.Name));
    }

    public TypeName OfReference(TypeReferenceHandle handle)
    {
        var type = metadata.GetTypeReference(handle);
        while (type.ResolutionScope.Kind == HandleKind.TypeReference)
        {
            type = metadata.GetTypeReference((TypeReferenceHandle)type.ResolutionScope);
        }
        var assembly =
            type.ResolutionScope.Kind == HandleKind.AssemblyReference
                ? metadata.GetString(metadata.GetAssemblyReference((AssemblyReferenceHandle)type.ResolutionScope).Name)
                : _assembly;
        return new TypeName(assembly, metadata.GetString(type.Namespace), metadata.GetString(type.Name));
    }

    public ImmutableArray<TypeName> GetTypeFromDefinition(
        MetadataReader reader,
        TypeDefinitionHandle handle,
        byte kind
    ) => [OfDefinition(handle)];

    public ImmutableArray<TypeName> GetTypeFromReference(
        MetadataReader reader,
        TypeReferenceHandle handle,
        byte kind
    ) => [OfReference(handle)];

    public ImmutableArray<TypeName> GetTypeFromSpecification(
        MetadataReader reader,
        object? genericContext,
        TypeSpecificationHandle handle,
        byte kind
    ) => reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

    public ImmutableArray<TypeName> GetGenericInstantiation(
        ImmutableArray<TypeName> type,
        ImmutableArray<ImmutableArray<TypeName>> arguments
    ) => [.. type, .. arguments.SelectMany(argument => argument)];

    public ImmutableArray<TypeName> GetFunctionPointerType(MethodSignature<ImmutableArray<TypeName>> signature) =>
        [.. signature.ReturnType, .. signature.ParameterTypes.SelectMany(type => type)];

    public ImmutableArray<TypeName> GetModifiedType(
        ImmutableArray<TypeName> modifier,
        ImmutableArray<TypeName> type,
        bool isRequired
    ) => [.. modifier, .. type];

    public ImmutableArray<TypeName> GetArrayType(ImmutableArray<TypeName> type, ArrayShape shape) => type;

    public ImmutableArray<TypeName> GetByReferenceType(ImmutableArray<TypeName> type) => type;

    public ImmutableArray<TypeName> GetPinnedType(ImmutableArray<TypeName> type) => type;

    public ImmutableArray<TypeName> GetPointerType(ImmutableArray<TypeName> type) => type;

    public ImmutableArray<TypeName> GetSZArrayType(ImmutableArray<TypeName> type) => type;

    public ImmutableArray<TypeName> GetGenericMethodParameter(object? genericContext, int index) => [];

    public ImmutableArray<TypeName> GetGenericTypeParameter(object? genericContext, int index) => [];

    public ImmutableArray<TypeName> GetPrimitiveType(PrimitiveTypeCode typeCode) => [];
}
